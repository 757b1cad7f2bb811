/**
 * Circles among siblings: in every folder, its files and sub-folders (each taken as one) must be sortable so that imports point one way.
 * This forbids circles between files and between folders at any depth. Returns one circle per group, as paths, closed by its first member.
 */
export function findCircles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const siblings = new Map<string, Map<string, Set<string>>>();
  for (const [from, targets] of edges) {
    for (const to of targets) {
      const pair = siblingsAbove(from, to);
      if (pair === undefined) continue;
      const graph = siblings.get(pair.folder) ?? new Map<string, Set<string>>();
      siblings.set(pair.folder, graph);
      graph.set(pair.from, (graph.get(pair.from) ?? new Set()).add(pair.to));
    }
  }
  return [...siblings.values()].flatMap(circlesOf);
}

/** The two entries of the deepest folder that holds both files. */
function siblingsAbove(from: string, to: string): { readonly folder: string; readonly from: string; readonly to: string } | undefined {
  const a = from.split('/');
  const b = to.split('/');
  const split = a.findIndex((part, index) => part !== b[index]);
  if (split === -1) return { folder: from, from, to };
  return { folder: a.slice(0, split).join('/'), from: a.slice(0, split + 1).join('/'), to: b.slice(0, split + 1).join('/') };
}

/** Depth first; every circle found ends the search from its members, so that one knot is reported once. */
function circlesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const circles: (readonly string[])[] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(node);
    if (seen !== -1) {
      circles.push([...trail.slice(seen), node]);
      return;
    }
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return circles;
}
