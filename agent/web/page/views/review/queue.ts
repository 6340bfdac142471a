/** The parts to look at: loaded ahead, and gone from here as soon as they are labelled on this screen. */
import { type Accessor, createEffect, createMemo, createSignal, on } from 'solid-js';
import { API, ask, type Problem } from '../../api/ask.ts';
import type { ReviewItem, ReviewPage, WholeInspection } from '../../api/types.ts';
import { given } from './pending.ts';

const LIMIT = 20;
/** Parts whose record and pictures are there before they are looked at. */
const AHEAD = 3;

export interface Queue {
  /** Undefined before the first answer. */
  readonly page: Accessor<ReviewPage | undefined>;
  readonly problem: Accessor<Problem | null>;
  readonly items: Accessor<readonly ReviewItem[]>;
  readonly at: Accessor<number>;
  readonly current: Accessor<ReviewItem | undefined>;
  /** Of the part that is looked at; undefined before it came. */
  readonly whole: Accessor<WholeInspection | undefined>;
  readonly move: (by: number) => void;
  readonly show: (inspection: string) => void;
  readonly again: () => void;
}

export function reviewQueue(query: Accessor<string>): Queue {
  const [page, setPage] = createSignal<ReviewPage>();
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [all, setAll] = createSignal<readonly ReviewItem[]>([]);
  const [place, setPlace] = createSignal(0);
  const [wholes, setWholes] = createSignal<ReadonlyMap<string, WholeInspection>>(new Map());
  const asked = new Set<string>();
  let isLoading = false;

  const items = createMemo(() => {
    const labelled = new Set(given().map(({ inspection }) => inspection));
    return all().filter(({ id }) => !labelled.has(id));
  });
  const at = () => Math.max(0, Math.min(place(), items().length - 1));
  const current = () => items()[at()];

  const load = async (cursor: string | null) => {
    if (isLoading) return;
    isLoading = true;
    const outcome = await ask<ReviewPage>(`/review?limit=${LIMIT}${query()}${cursor === null ? '' : `&cursor=${cursor}`}`);
    isLoading = false;
    setProblem(outcome.ok ? null : outcome.problem);
    if (!outcome.ok) return;
    const known = new Set(cursor === null ? [] : all().map(({ id }) => id));
    setAll([...(cursor === null ? [] : all()), ...outcome.value.items.filter(({ id }) => !known.has(id))]);
    setPage(outcome.value);
  };
  const again = () => {
    setPlace(0);
    void load(null);
  };
  createEffect(on(query, again));
  createEffect(() => {
    const next = page()?.next;
    if (next && items().length - at() <= LIMIT / 2) void load(next);
  });
  createEffect(() => {
    for (const { id } of items().slice(at(), at() + 1 + AHEAD)) {
      if (asked.has(id)) continue;
      asked.add(id);
      void fetchAhead(id).then((whole) => {
        if (whole) setWholes(new Map([...wholes(), [id, whole]]));
        else asked.delete(id);
      });
    }
  });
  return {
    page,
    problem,
    items,
    at,
    current,
    whole: () => wholes().get(current()?.id ?? ''),
    move: (by) => setPlace(Math.max(0, Math.min(at() + by, items().length - 1))),
    show: (inspection) =>
      setPlace(
        Math.max(
          0,
          items().findIndex(({ id }) => id === inspection),
        ),
      ),
    again,
  };
}

/** With its pictures, which the browser keeps. */
async function fetchAhead(id: string): Promise<WholeInspection | null> {
  const outcome = await ask<WholeInspection>(`/inspections/${encodeURIComponent(id)}`);
  if (!outcome.ok) return null;
  outcome.value.images.forEach((_, n) => {
    new Image().src = `${API}/inspections/${id}/pictures/${n}`;
  });
  return outcome.value;
}
