/** The parts to look at: loaded ahead, and gone from here as soon as they are labelled on this screen. */
import { type Accessor, batch, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { API, ask, isPassing, type Outcome, type Problem } from '../../api/ask.ts';
import type { ReviewItem, ReviewPage, WholeInspection } from '../../api/types.ts';
import { given } from './pending.ts';

const LIMIT = 20;
/** Parts whose record and pictures are there before they are looked at. */
const AHEAD = 3;
/** Records that are kept of parts before, for who goes back. */
const PASSED = 20;
/** ms; until what did not come is asked for again: nobody has to touch anything when the box is back. */
const AGAIN = 3000;
/** ms; until an empty queue is asked for again. */
const COMES = 5000;

export interface Queue {
  /** Undefined before the first answer. */
  readonly page: Accessor<ReviewPage | undefined>;
  readonly problem: Accessor<Problem | null>;
  readonly items: Accessor<readonly ReviewItem[]>;
  readonly at: Accessor<number>;
  readonly current: Accessor<ReviewItem | undefined>;
  /** Of the part that is looked at; undefined before it came, null where the box has it no more. */
  readonly whole: Accessor<WholeInspection | null | undefined>;
  readonly move: (by: number) => void;
  /** One that was taken back: shown also where this queue would not have it, after a reload or under another choice. */
  readonly show: (item: ReviewItem) => void;
  readonly again: () => void;
}

export function reviewQueue(query: Accessor<string>): Queue {
  const [place, setPlace] = createSignal({ n: 0 });
  const goTo = (n: number) => setPlace({ n });
  const { page, problem, all, load, leave } = pages(query, () => goTo(0));
  const [back, setBack] = createSignal<readonly ReviewItem[]>([]);
  const items = createMemo(() => {
    const labelled = new Set(given().map(({ inspection }) => inspection));
    const loaded = new Set(all().map(({ id }) => id));
    return [...back().filter(({ id }) => !loaded.has(id)), ...all()].filter(({ id }) => !labelled.has(id));
  });
  const at = placeIn(items, place);
  const current = () => items()[at()];
  const again = () => {
    goTo(0);
    void load(null);
  };
  createEffect(
    on(query, () => {
      setBack([]);
      again();
    }),
  );
  createEffect(() => {
    const next = page()?.next;
    if (next && items().length - at() <= LIMIT / 2) void load(next);
  });
  createEffect(() => {
    // Whoever has looked at all of them waits for the next one to come.
    if (page()?.next !== null || items().length > 0) return;
    const timer = setTimeout(again, COMES);
    onCleanup(() => clearTimeout(timer));
  });
  createEffect(
    on(given, (now, before) => {
      // As many as before: the oldest, which nobody can take back any more, has given way to the newest.
      if (!before || now.length !== before.length) return;
      const gone = before[0]?.inspection;
      setBack(back().filter(({ id }) => id !== gone));
      leave(gone);
    }),
  );
  const wholes = ahead(() => items().slice(at(), at() + 1 + AHEAD));
  return {
    page,
    problem,
    items,
    at,
    current,
    // The same as long as its record is: what is drawn on its picture goes on when the record of another part comes.
    whole: createMemo(() => wholes().get(current()?.id ?? '')),
    move: (by) => goTo(at() + by),
    show: (item) => {
      // The newest first: it is the one to be shown where the queue begins anew meanwhile.
      if (!items().some(({ id }) => id === item.id)) setBack([item, ...back().filter(({ id }) => id !== item.id)]);
      goTo(items().findIndex(({ id }) => id === item.id));
    },
    again,
  };
}

/**
 * Which of them is looked at: where somebody went, and from then on that part, also where one comes back before it, since the key that is pressed
 * now is meant for it; where it is gone, the one that stands in its place.
 */
function placeIn(items: Accessor<readonly ReviewItem[]>, went: Accessor<{ readonly n: number }>): Accessor<number> {
  const looked = createMemo<{ readonly n: number; readonly id: string | undefined; readonly went: unknown }>(
    (before) => {
      const isNew = went() !== before.went;
      const same = isNew ? -1 : items().findIndex(({ id }) => id === before.id);
      const n = Math.max(0, Math.min(same >= 0 ? same : isNew ? went().n : before.n, items().length - 1));
      return { n, id: items()[n]?.id, went: went() };
    },
    { n: 0, id: undefined, went: undefined },
  );
  return () => looked().n;
}

/** All that was loaded of the queue, page by page; `load` with null begins anew, whatever is on its way, and `begun` is told when it has come. */
function pages(query: Accessor<string>, begun: () => void) {
  const [page, setPage] = createSignal<ReviewPage>();
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [all, setAll] = createSignal<readonly ReviewItem[]>([]);
  let isLoading = false;
  let turn = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const load = async (cursor: string | null): Promise<void> => {
    if (isLoading && cursor !== null) return;
    clearTimeout(timer);
    isLoading = true;
    turn += 1;
    const mine = turn;
    const outcome = await ask<ReviewPage>(`/review?limit=${LIMIT}${query()}${cursor === null ? '' : `&cursor=${cursor}`}`);
    if (mine !== turn) return;
    isLoading = false;
    batch(() => {
      setProblem(outcome.ok ? null : outcome.problem);
      if (!outcome.ok) return;
      const before = cursor === null ? [] : all();
      const known = new Set(before.map(({ id }) => id));
      setAll([...before, ...outcome.value.items.filter(({ id }) => !known.has(id))]);
      setPage(outcome.value);
      if (cursor === null) begun();
    });
    if (!outcome.ok && isPassing(outcome.problem)) timer = setTimeout(() => void load(cursor), AGAIN);
  };
  onCleanup(() => {
    turn += 1;
    clearTimeout(timer);
  });
  const leave = (id: string | undefined) => setAll(all().filter((item) => item.id !== id));
  return { page, problem, all, load, leave };
}

/** Records of parts that come into view soon, and of some that have passed, by their ids; null where the box has one no more. */
function ahead(soon: Accessor<readonly ReviewItem[]>): Accessor<ReadonlyMap<string, WholeInspection | null>> {
  const [wholes, setWholes] = createSignal<ReadonlyMap<string, WholeInspection | null>>(new Map());
  const [round, setRound] = createSignal(0);
  const asked = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hear = (id: string, outcome: Outcome<WholeInspection>) => {
    asked.delete(id);
    if (!outcome.ok && isPassing(outcome.problem)) {
      clearTimeout(timer);
      timer = setTimeout(() => setRound((n) => n + 1), AGAIN);
      return;
    }
    const wanted = new Set(soon().map((item) => item.id));
    const known = [...wholes(), [id, outcome.ok ? outcome.value : null] as const];
    setWholes(new Map(known.filter(([one], n) => wanted.has(one) || n >= known.length - PASSED)));
  };
  createEffect(
    on([soon, round], ([items]) => {
      for (const { id } of items) {
        if (asked.has(id) || wholes().has(id)) continue;
        asked.add(id);
        void fetchAhead(id).then((outcome) => hear(id, outcome));
      }
    }),
  );
  onCleanup(() => clearTimeout(timer));
  return wholes;
}

/** With its pictures, which the browser keeps. */
async function fetchAhead(id: string): Promise<Outcome<WholeInspection>> {
  const outcome = await ask<WholeInspection>(`/inspections/${encodeURIComponent(id)}`);
  if (outcome.ok)
    outcome.value.images.forEach((_, n) => {
      new Image().src = `${API}/inspections/${id}/pictures/${n}`;
    });
  return outcome;
}
