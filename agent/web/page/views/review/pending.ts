/**
 * Labels on their way to the box. Each is kept on this screen before it is sent and until the box says that it has it: a reload, a dropped
 * connection or a power cut loses none, and one that is sent twice is one, since its id is made here. They go under the name of whoever gave them:
 * another one who has signed in meanwhile sends none of them.
 */
import { createSignal } from 'solid-js';
import { ask, isPassing, type Problem } from '../../api/ask.ts';
import { here } from '../../api/session.ts';
import type { Label, LabelMark, ReviewItem } from '../../api/types.ts';
import { keepAs } from '../../pieces/kept.ts';
import { unsent } from '../part/labels.tsx';

export interface Said {
  readonly id: string;
  readonly inspection: string;
  readonly label: Label['label'];
  readonly kind: string | null;
  /** Where it is bad. Absent in what a page before this one kept. */
  readonly boxes?: readonly LabelMark[];
  readonly who: string;
}
/** As its queue showed it: what is taken back is shown again, wherever the queue is by then. Absent in what a page before this one kept. */
interface Given extends Said {
  readonly item?: ReviewItem;
}
type Taken = Said & Required<Pick<Given, 'item'>>;
interface Act {
  readonly act: 'say' | 'take_back';
  readonly said: Said;
}

const KEPT = 'lineside.labels';
const GIVEN = 'lineside.labelled';
/** Steps back that are known after a reload. */
const MOST_GIVEN = 100;
const AGAIN = 3000;
const GONE = 404;

const [acts, setActs] = createSignal<readonly Act[]>(read(localStorage, KEPT));
/** Of this screen, the newest last. */
const [given, setGiven] = createSignal<readonly Given[]>(read(sessionStorage, GIVEN));
/** What was taken back last, until something is said. */
const [taken, setTaken] = createSignal<Taken | null>(null);
/** Why the box took one of them not. */
const [problem, setProblem] = createSignal<Problem | null>(null);
let sending = false;
let timer: ReturnType<typeof setTimeout> | undefined;

export { given, problem, taken };
export const waiting = (): number => acts().length;
/** Of somebody else, who has to sign in for them. */
export const waitingFor = (): readonly string[] => [
  ...new Set(
    acts()
      .map(({ said }) => said.who)
      .filter((who) => who !== me()),
  ),
];

const me = (): string | undefined => here()?.session?.user;

export function say(item: ReviewItem, { label, kind, boxes }: Pick<Said, 'label' | 'kind' | 'boxes'>): void {
  const who = me();
  if (who === undefined) return;
  setTaken(null);
  const said: Said = { id: crypto.randomUUID(), inspection: item.id, label, kind, boxes: boxes ?? [], who };
  keepGiven([...given(), { ...said, item }].slice(-MOST_GIVEN));
  keep([...acts(), { act: 'say', said }]);
  void send();
}

/** The newest of this screen that is one's own and can be shown: nobody takes back what he does not see. */
const newest = (): Taken | undefined => given().findLast((one): one is Taken => one.who === me() && one.item?.id === one.inspection);
export const canTakeBack = (): boolean => newest() !== undefined;

/** With what was drawn and typed for it there again, to be mended; gives back which. */
export function takeBack(): Taken | undefined {
  const found = newest();
  if (!found) return undefined;
  const { item: _, ...said } = found;
  reopen(found);
  keep([...acts(), { act: 'take_back', said }]);
  void send();
  setTaken(found);
  return found;
}

/** One after the other, in their order. */
export async function send(): Promise<void> {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  for (let next = mine(); next; next = mine()) {
    const outcome = await ask(...requestOf(next));
    if (!outcome.ok && isPassing(outcome.problem)) break;
    // What the box refuses for good is told, and not sent for ever.
    setProblem(outcome.ok ? null : outcome.problem);
    const done = next;
    keep(acts().filter((act) => act !== done));
    // Of a part that the box has no more nothing can be said.
    if (!outcome.ok && done.act === 'say' && outcome.problem.status !== GONE) refused(done.said);
  }
  sending = false;
  if (mine()) timer = setTimeout(() => void send(), AGAIN);
}

/** The box has no such label: its part waits for one again, and there is nothing to take back. */
function refused(said: Said): void {
  keep(acts().filter((act) => act.said.id !== said.id));
  // Taken back meanwhile, it is there again already, and perhaps mended.
  if (given().some(({ id }) => id === said.id)) reopen(said);
}

/** As it was before it was said. What is kept comes first: the part is shown as soon as it is not labelled any more. */
function reopen({ id, inspection, label, kind, boxes = [], who }: Said): void {
  if (label === 'bad') {
    keepAs(unsent.kind(inspection, who), kind ?? undefined);
    keepAs(unsent.marks(inspection, who), boxes.length > 0 ? boxes : undefined);
  }
  keepGiven(given().filter((one) => one.id !== id));
}

const mine = (): Act | undefined => acts().find(({ said }) => said.who === me());

function requestOf({ act, said: { id, inspection, label, kind, boxes = [] } }: Act): Parameters<typeof ask> {
  const path = `/inspections/${encodeURIComponent(inspection)}/labels`;
  if (act === 'take_back') return [`${path}/${id}`, { method: 'DELETE' }];
  return [path, { method: 'POST', body: { id, label, ...(kind === null ? {} : { kind }), ...(boxes.length > 0 ? { boxes } : {}) } }];
}

function keep(next: readonly Act[]): void {
  setActs(next);
  write(localStorage, KEPT, next);
}
function keepGiven(next: readonly Said[]): void {
  setGiven(next);
  write(sessionStorage, GIVEN, next);
}

function read<T>(store: Storage, key: string): readonly T[] {
  try {
    const known: unknown = JSON.parse(store.getItem(key) ?? '[]');
    return Array.isArray(known) ? (known as T[]) : [];
  } catch {
    return [];
  }
}

function write(store: Storage, key: string, value: unknown): void {
  try {
    store.setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden store: what is on its way is in memory all the same.
  }
}
