// js_client.mjs -- the newest AWS SDK for JavaScript, which speaks JSON, through the whole life of a queue, and an approval.

import * as sfnModule from "@aws-sdk/client-sfn";
import * as sqsModule from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import https from "node:https";

process.removeAllListeners("warning"); // of the SDK, about the age of Debian's node

const { TUTTI_URL, TUTTI_AUTH_URL, TUTTI_TLS_URL, TUTTI_KEY, TUTTI_SECRET } = process.env;
const region = "eu-west-1";
const prefix = "js-";
const mebibyte = 1 << 20;

let passed = 0;
let failed = 0;

function check(what, held, seen) {
    if (held) {
        passed++;
    } else {
        failed++;
        console.log(`  FAILED ${what}: ${typeof seen === "string" ? seen : JSON.stringify(seen)}`);
    }
    return held;
}

function options(endpoint = TUTTI_URL, accessKeyId = "000000000000", secretAccessKey = "any", more = {}) {
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1, ...more };
}

/** A client whose operations are methods: `sqs.SendMessage({...})`. */
function connect(...of) {
    const client = new sqsModule.SQSClient(options(...of));
    return new Proxy({}, { get: (_, name) => (input) => client.send(new sqsModule[`${name}Command`](input ?? {})) });
}

const sqs = connect();
const sfnClient = new sfnModule.SFNClient({ ...options(), disableHostPrefix: true });
const sfn = new Proxy({}, { get: (_, name) => (input) => sfnClient.send(new sfnModule[`${name}Command`](input ?? {})) });

async function refused(what, name, promise) {
    try {
        await promise;
        check(`${what} is ${name}`, false, "no error");
    } catch (error) {
        check(`${what} is ${name}`, error.name === name, `${error.name}: ${error.message}`);
        return error;
    }
}

async function create(name, Attributes = {}) {
    return (await sqs.CreateQueue({ QueueName: prefix + name, Attributes })).QueueUrl;
}

async function receive(QueueUrl, more = {}) {
    const reply = await sqs.ReceiveMessage({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
        ...more,
    });
    return reply.Messages ?? [];
}

const bodies = (messages) => messages.map((message) => message.Body);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const tests = {
    async identity() {
        const identity = await new STSClient(options(TUTTI_URL, "123456789012")).send(new GetCallerIdentityCommand({}));
        check("the access key is the account", identity.Account === "123456789012", identity);
    },

    async create() {
        const url = await create("create", { VisibilityTimeout: "45" });
        check("a queue's URL is account and name", url === `${TUTTI_URL}/000000000000/${prefix}create`, url);
        check("creating it again gives it", (await create("create", { VisibilityTimeout: "45" })) === url);
        await refused("creating it otherwise", "QueueNameExists", create("create", { VisibilityTimeout: "46" }));
        await refused("a bad name", "InvalidParameterValue", create("not good"));
        const found = await sqs.GetQueueUrl({ QueueName: `${prefix}create` });
        check("it is found by name", found.QueueUrl === url, found);
        await refused("a queue that is not there", "QueueDoesNotExist", sqs.GetQueueUrl({ QueueName: `${prefix}none` }));
        await sqs.DeleteQueue({ QueueUrl: url });
        await refused("a deleted queue", "QueueDoesNotExist", sqs.GetQueueAttributes({ QueueUrl: url }));
    },

    async list() {
        const urls = [];
        for (let i = 0; i < 5; i++) urls.push(await create(`list-${i}`));
        const sizes = [];
        const pages = sqsModule.paginateListQueues(
            { client: new sqsModule.SQSClient(options()), pageSize: 2 },
            { QueueNamePrefix: `${prefix}list-` },
        );
        for await (const page of pages) sizes.push((page.QueueUrls ?? []).length);
        check("pages hold what was asked for", same(sizes, [2, 2, 1]), sizes);
        for (const QueueUrl of urls) await sqs.DeleteQueue({ QueueUrl });
    },

    async attributesAndTags() {
        const url = await create("attributes", { DelaySeconds: "3" });
        await sqs.SetQueueAttributes({ QueueUrl: url, Attributes: { DelaySeconds: "0", MaximumMessageSize: "2048" } });
        const got = (await sqs.GetQueueAttributes({ QueueUrl: url, AttributeNames: ["All"] })).Attributes;
        check("attributes are as set", got.DelaySeconds === "0" && got.MaximumMessageSize === "2048", got);
        check("a queue has an ARN", got.QueueArn === `arn:aws:sqs:${region}:000000000000:${prefix}attributes`, got.QueueArn);
        const none = await sqs.GetQueueAttributes({ QueueUrl: url });
        check("none asked, none answered", none.Attributes === undefined, none);
        const set = (Attributes) => sqs.SetQueueAttributes({ QueueUrl: url, Attributes });
        await refused("an attribute nobody knows", "InvalidAttributeName", set({ Colour: "red" }));
        await refused("a value out of range", "InvalidAttributeValue", set({ VisibilityTimeout: "43201" }));
        await sqs.TagQueue({ QueueUrl: url, Tags: { team: "wind", stage: "test" } });
        await sqs.UntagQueue({ QueueUrl: url, TagKeys: ["team"] });
        const tags = (await sqs.ListQueueTags({ QueueUrl: url })).Tags;
        check("tags are as set", same(tags, { stage: "test" }), tags);
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async messages() {
        const url = await create("messages");
        const body = 'first & <second> "third" \u00e4\u4e16\u{1f600}\n\ttail';
        const MessageAttributes = {
            Kind: { DataType: "String", StringValue: "test" },
            Price: { DataType: "Number", StringValue: "3.50" },
            Blob: { DataType: "Binary", BinaryValue: Uint8Array.from({ length: 256 }, (_, i) => i) },
        };
        const sent = await sqs.SendMessage({ QueueUrl: url, MessageBody: body, MessageAttributes }); // compares the digest
        const [message = {}] = await receive(url); // and again
        check("the body comes as it was sent", message.Body === body && message.MessageId === sent.MessageId, message);
        const names = Object.keys(message.MessageAttributes ?? {}).sort();
        check("attributes come as they were sent", same(names, ["Blob", "Kind", "Price"]) &&
            message.MessageAttributes.Price.StringValue === "3.50" &&
            same([...message.MessageAttributes.Blob.BinaryValue], [...MessageAttributes.Blob.BinaryValue]), names);
        check("the system says what it knows", message.Attributes?.ApproximateReceiveCount === "1" &&
            message.Attributes?.SentTimestamp !== undefined, message.Attributes);
        const old = await sqs.ReceiveMessage({ QueueUrl: url, AttributeNames: ["All"], VisibilityTimeout: 0 });
        check("a hidden message is hidden", old.Messages === undefined, old);
        await sqs.DeleteMessage({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle });
        check("nothing is left", (await receive(url, { WaitTimeSeconds: 1 })).length === 0);
        const large = "x".repeat(mebibyte);
        await sqs.SendMessage({ QueueUrl: url, MessageBody: large });
        check("a mebibyte goes through", same(bodies(await receive(url)), [large]), "another body");
        const send = (MessageBody) => sqs.SendMessage({ QueueUrl: url, MessageBody });
        await refused("a byte more", "InvalidParameterValue", send(`${large}x`));
        await refused("a character that XML has not", "InvalidMessageContents", send("a\u0001b"));
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async delayAndVisibility() {
        const url = await create("time");
        await sqs.SendMessage({ QueueUrl: url, MessageBody: "later", DelaySeconds: 1 });
        check("a delayed message is not there yet", (await receive(url)).length === 0);
        const [first = {}] = await receive(url, { WaitTimeSeconds: 10, VisibilityTimeout: 1 });
        check("and comes in its time", first.Body === "later", first);
        const [second = {}] = await receive(url, { WaitTimeSeconds: 10 });
        check("a message that is not deleted comes back", second.MessageId === first.MessageId, second);
        const change = (VisibilityTimeout) =>
            sqs.ChangeMessageVisibility({ QueueUrl: url, ReceiptHandle: second.ReceiptHandle, VisibilityTimeout });
        await change(0);
        await refused("changing what is not lent", "MessageNotInflight", change(5));
        await refused("a handle nobody gave", "ReceiptHandleIsInvalid",
            sqs.DeleteMessage({ QueueUrl: url, ReceiptHandle: "nonsense" }));
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async longPoll() {
        const url = await create("poll");
        const start = Date.now();
        const polls = Array.from({ length: 5 }, () => receive(url, { WaitTimeSeconds: 20, MaxNumberOfMessages: 1 }));
        setTimeout(() => {
            for (let i = 0; i < 5; i++) sqs.SendMessage({ QueueUrl: url, MessageBody: `wake ${i}` });
        }, 500);
        const got = (await Promise.all(polls)).flatMap(bodies).sort();
        check("five polls get five messages", same(got, [0, 1, 2, 3, 4].map((i) => `wake ${i}`)), got);
        check("when they come", Date.now() - start < 8000, Date.now() - start);
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async batches() {
        const url = await create("batches");
        const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `e${i}`, MessageBody: `body ${i}` }));
        const sent = await sqs.SendMessageBatch({ QueueUrl: url, Entries });
        check("ten are sent", sent.Successful?.length === 10 && !sent.Failed?.length, sent);
        const handles = new Map();
        for (let i = 0; i < 20 && handles.size < 10; i++)
            for (const message of await receive(url)) handles.set(message.ReceiptHandle, message.Body);
        check("ten are received", same([...handles.values()].sort(), bodies(Entries.map((e) => ({ Body: e.MessageBody }))).sort()));
        const entries = [...handles.keys()].map((ReceiptHandle, i) => ({ Id: `${i}`, ReceiptHandle }));
        const hidden = entries.map((entry) => ({ ...entry, VisibilityTimeout: 60 }));
        const changed = await sqs.ChangeMessageVisibilityBatch({ QueueUrl: url, Entries: hidden });
        check("ten are hidden for longer", changed.Successful?.length === 10, changed);
        entries[9].ReceiptHandle = "nonsense";
        const deleted = await sqs.DeleteMessageBatch({ QueueUrl: url, Entries: entries });
        check("a bad entry fails alone", deleted.Successful?.length === 9 &&
            deleted.Failed?.[0]?.Code === "ReceiptHandleIsInvalid", deleted);
        const batch = (list) => sqs.SendMessageBatch({ QueueUrl: url, Entries: list });
        await refused("an id twice", "BatchEntryIdsNotDistinct", batch([Entries[0], Entries[0]]));
        await refused("eleven entries", "TooManyEntriesInBatchRequest", batch([...Entries, { Id: "x", MessageBody: "x" }]));
        await refused("no entries", "EmptyBatchRequest", batch([]));
        await refused("an id with a dot", "InvalidBatchEntryId", batch([{ Id: "a.b", MessageBody: "x" }]));
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async fifo() {
        const url = await create("order.fifo", { FifoQueue: "true" });
        const send = (MessageBody, MessageGroupId, MessageDeduplicationId) =>
            sqs.SendMessage({ QueueUrl: url, MessageBody, MessageGroupId, MessageDeduplicationId });
        const first = await send("a1", "a", "1");
        const again = await send("something else", "a", "1");
        check("the same id is the same message", again.MessageId === first.MessageId, again);
        const second = await send("a2", "a", "2");
        check("sequence numbers rise", first.SequenceNumber < second.SequenceNumber, [first, second]);
        await send("b1", "b", "3");
        const [one = {}] = await receive(url, { MaxNumberOfMessages: 1 });
        check("the oldest comes first", one.Body === "a1" && one.Attributes.MessageGroupId === "a", one);
        check("its group waits, the other does not", same(bodies(await receive(url)), ["b1"]));
        await sqs.DeleteMessage({ QueueUrl: url, ReceiptHandle: one.ReceiptHandle });
        const attempt = { ReceiveRequestAttemptId: "attempt-1" };
        const [next = {}] = await receive(url, attempt);
        check("then the group goes on", next.Body === "a2", next);
        const [repeated = {}] = await receive(url, attempt);
        check("a repeated attempt gets the same", repeated.MessageId === next.MessageId, repeated);
        await refused("no group", "MissingParameter", send("x"));
        await refused("no deduplication id", "InvalidParameterValue", send("x", "a"));
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async deadLetters() {
        const dead = await create("dead");
        const deadArn = `arn:aws:sqs:${region}:000000000000:${prefix}dead`;
        const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 1 });
        const url = await create("alive", { RedrivePolicy });
        for (let i = 0; i < 3; i++) await sqs.SendMessage({ QueueUrl: url, MessageBody: `letter ${i}` });
        for (let i = 0; i < 10 && (await receive(url, { VisibilityTimeout: 0 })).length; i++);
        const letters = [0, 1, 2].map((i) => `letter ${i}`);
        const found = bodies(await receive(dead, { VisibilityTimeout: 0, WaitTimeSeconds: 2 })).sort();
        check("what nobody could use is a dead letter", same(found, letters), found);
        const sources = await sqs.ListDeadLetterSourceQueues({ QueueUrl: dead });
        check("the source is listed", same(sources.queueUrls, [url]), sources);
        const task = await sqs.StartMessageMoveTask({ SourceArn: deadArn });
        check("a move task starts", typeof task.TaskHandle === "string", task);
        const back = new Set();
        for (let i = 0; i < 10 && back.size < 3; i++)
            for (const message of await receive(url, { WaitTimeSeconds: 1 })) back.add(message.Body);
        check("and brings them back", same([...back].sort(), letters), [...back]);
        let listed;
        for (let i = 0; i < 20 && listed?.Status !== "COMPLETED"; i++) {
            listed = (await sqs.ListMessageMoveTasks({ SourceArn: deadArn })).Results?.[0];
            await new Promise((done) => setTimeout(done, 100));
        }
        check("then it is completed", listed?.Status === "COMPLETED" &&
            Number(listed.ApproximateNumberOfMessagesMoved) === 3, listed);
        await refused("a task on a queue that is nobody's", "ResourceNotFoundException",
            sqs.StartMessageMoveTask({ SourceArn: `${deadArn}-none` }));
        await refused("cancelling what is done", "UnsupportedOperation",
            sqs.CancelMessageMoveTask({ TaskHandle: task.TaskHandle }));
        await sqs.DeleteQueue({ QueueUrl: url });
        await sqs.DeleteQueue({ QueueUrl: dead });
    },

    async purge() {
        const url = await create("purge");
        await sqs.SendMessage({ QueueUrl: url, MessageBody: "x" });
        await sqs.PurgeQueue({ QueueUrl: url });
        check("a purged queue is empty", (await receive(url)).length === 0);
        await refused("purging it again at once", "PurgeQueueInProgress", sqs.PurgeQueue({ QueueUrl: url }));
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async permissions() {
        const url = await create("permissions");
        await sqs.AddPermission({ QueueUrl: url, Label: "friends", AWSAccountIds: ["111122223333"], Actions: ["SendMessage"] });
        const policy = async () =>
            (await sqs.GetQueueAttributes({ QueueUrl: url, AttributeNames: ["Policy"] })).Attributes?.Policy ?? "";
        check("a permission is in the policy", (await policy()).includes("friends"), await policy());
        await sqs.RemovePermission({ QueueUrl: url, Label: "friends" });
        check("and is taken out", !(await policy()).includes("friends"), await policy());
        await sqs.DeleteQueue({ QueueUrl: url });
    },

    async signatures() { // in errors the SDK prefers the names of the query protocol, which SQS sends along
        const good = connect(TUTTI_AUTH_URL, TUTTI_KEY, TUTTI_SECRET);
        const { QueueUrl } = await good.CreateQueue({ QueueName: `${prefix}signed` });
        await good.SendMessage({ QueueUrl, MessageBody: "signed \u00e4 & +%20" });
        const reply = await good.ReceiveMessage({ QueueUrl });
        check("signed bodies go through", same(bodies(reply.Messages ?? []), ["signed \u00e4 & +%20"]), reply);
        await good.DeleteQueue({ QueueUrl });
        const wrong = connect(TUTTI_AUTH_URL, TUTTI_KEY, "wrong");
        const error = await refused("a wrong secret", "SignatureDoesNotMatch", wrong.ListQueues());
        check("with status 403", error?.$metadata?.httpStatusCode === 403, error?.$metadata);
        const nobody = connect(TUTTI_AUTH_URL, "AKIANOBODYKNOWSME", TUTTI_SECRET);
        await refused("an unknown key", "InvalidClientTokenId", nobody.ListQueues());
        const late = connect(TUTTI_AUTH_URL, TUTTI_KEY, TUTTI_SECRET, { systemClockOffset: -3600_000 });
        await refused("a clock an hour off", "SignatureDoesNotMatch", late.ListQueues());
    },

    async approval() {
        const QueueUrl = await create("approvals");
        const ask = {
            Type: "Task",
            Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            Parameters: { QueueUrl, MessageBody: { "token.$": "$$.Task.Token", "amount.$": "$.amount" } },
            Catch: [{ ErrorEquals: ["Rejected"], Next: "No" }],
            Next: "Yes",
        };
        const definition = JSON.stringify({ StartAt: "Ask", States: { Ask: ask, Yes: { Type: "Succeed" }, No: { Type: "Fail", Error: "No" } } });
        const { stateMachineArn } = await sfn.CreateStateMachine({ name: `${prefix}approval`, definition, roleArn: "arn:aws:iam::000000000000:role/r" });
        const ended = async (executionArn) => {
            for (let i = 0; i < 200; i++) {
                const told = await sfn.DescribeExecution({ executionArn });
                if (told.status !== "RUNNING") return told;
                await new Promise((resume) => setTimeout(resume, 50));
            }
        };
        const start = async () => {
            const { executionArn } = await sfn.StartExecution({ stateMachineArn, input: JSON.stringify({ amount: 12.5 }) });
            const [message] = await receive(QueueUrl, { WaitTimeSeconds: 10 });
            await sqs.DeleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
            return [executionArn, JSON.parse(message.Body)];
        };
        let [executionArn, question] = await start();
        check("the question has its data", question.amount === 12.5, question);
        await sfn.SendTaskSuccess({ taskToken: question.token, output: JSON.stringify({ ok: true }) });
        let told = await ended(executionArn);
        check("approved", told.status === "SUCCEEDED" && told.output === '{"ok":true}' && told.startDate instanceof Date, told);
        [executionArn, question] = await start();
        await sfn.SendTaskFailure({ taskToken: question.token, error: "Rejected" });
        told = await ended(executionArn);
        check("rejected", told.status === "FAILED" && told.error === "No" && told.cause === undefined, told);
        await refused("an unknown execution", "ExecutionDoesNotExist", sfn.DescribeExecution({ executionArn: `${executionArn}x` }));
        const events = (await sfn.GetExecutionHistory({ executionArn, reverseOrder: true })).events;
        check("the history backwards", events[0].type === "ExecutionFailed" && events.at(-1).type === "ExecutionStarted", events);
    },

    async tls() {
        const requestHandler = { httpsAgent: new https.Agent({ rejectUnauthorized: false, keepAlive: true }) };
        const secure = connect(TUTTI_TLS_URL, "000000000000", "any", { requestHandler });
        const { QueueUrl } = await secure.CreateQueue({ QueueName: `${prefix}tls` });
        check("over TLS the URL says so", QueueUrl.startsWith("https://"), QueueUrl);
        await secure.SendMessage({ QueueUrl, MessageBody: "x".repeat(300_000) });
        const reply = await secure.ReceiveMessage({ QueueUrl });
        check("a large message goes through TLS", reply.Messages?.[0]?.Body.length === 300_000, "not");
        await secure.DeleteQueue({ QueueUrl });
    },
};

for (const [name, test] of Object.entries(tests)) {
    try {
        await test();
    } catch (error) {
        check(name, false, `${error.name}: ${error.message}`);
    }
}
console.log(`js: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
