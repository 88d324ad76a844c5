/* graph.h -- draws a definition: as SVG, as Mermaid.
 *
 * A layered drawing from the top down: states in ranks, transitions as curves, Parallel and Map as frames around their
 * own machines. Deterministic; the same definition gives the same bytes. Definitions that are not valid are drawn as far
 * as they go: a target that is missing is a dashed box. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "json/json.h"

void graph_write_svg(Arena *scratch, const Json *definition, Buffer *out);
void graph_write_mermaid(Arena *scratch, const Json *definition, Buffer *out);

#endif
