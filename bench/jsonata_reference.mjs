// jsonata_reference.mjs FILE...: evaluations a second of the reference implementation, under Node; prints
// a line of JSON for each file, as bench_jsonata does. JSONATA_HOME is where npm has put the package.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const jsonata = createRequire(join(process.env.JSONATA_HOME, "package.json"))("jsonata");
const SLICE_MS = Number(process.env.SLICE_MS ?? 1000);

for (const file of process.argv.slice(2)) {
    const benchmark = JSON.parse(readFileSync(file, "utf8"));
    const input = JSON.parse(readFileSync(join(dirname(file), benchmark.data), "utf8"));
    const expression = jsonata(benchmark.expression);
    for (let i = 0; i < 200; i++) await expression.evaluate(input); // let it be compiled
    let count = 0;
    const start = performance.now();
    while (performance.now() - start < SLICE_MS)
        for (let i = 0; i < 20; i++, count++) await expression.evaluate(input);
    const seconds = (performance.now() - start) / 1000;
    console.log(JSON.stringify({ bench: "jsonata", name: benchmark.name, per_second: count / seconds }));
}
