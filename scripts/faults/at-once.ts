/** Works on `items`, `width` of them at a time, and returns what came of them in their order. A line spends most of its time waiting. */
export async function atOnce<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = [];
  // One iterator for all workers: each takes the next that nobody has.
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) done[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return done;
}

/** How many lines a box has room for beside each other. */
export function widthOf(text: string): number {
  const width = Number(text);
  if (!Number.isInteger(width) || width < 1 || width > 8) throw new Error(`--at-once takes 1 to 8, not ${text}`);
  return width;
}
