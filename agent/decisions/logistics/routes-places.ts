/** Parts that are followed, found by id and by place: asked with every part, so that nothing is walked through. */
import type { RoutedPart } from '../../contracts/index.ts';
import type { Milliseconds } from '../../time.ts';

export type FollowedPart = { -readonly [K in keyof RoutedPart]: RoutedPart[K] } & {
  /** How long it was on its way while its destination was listened to. */
  waited: Milliseconds;
  /** The conveyor has been told, or has not taken it. */
  isSettled: boolean;
  /** The inspection that sent it is not on record yet: its row goes with that. */
  isPending: boolean;
  /** Of one without an id: what the conveyor read on it when it came; null: nothing, or of the life before. */
  shown: string | null;
};

/** Where it is, or where it is looked for. */
export const placeOf = ({ place, to }: RoutedPart): string | null => place ?? to;
/** One that has vanished is on no way. */
export const isUnderWay = ({ place, fault, ended }: RoutedPart): boolean => place === null && fault === null && ended === null;

interface Place {
  /** That are there, in the order of their arrival. */
  readonly held: Set<FollowedPart>;
  /** On their way there, in the order in which they were sent. */
  readonly coming: Set<FollowedPart>;
  /** With a fault, there or looked for there. */
  readonly faulty: Set<FollowedPart>;
  came: number;
  gone: number;
}

export class Places {
  /** That have not ended. */
  private readonly open = new Map<string, FollowedPart>();
  private readonly byName = new Map<string, FollowedPart>();
  private readonly way = new Set<FollowedPart>();
  /** On their way nobody knows where. */
  private readonly lost = new Set<FollowedPart>();
  private readonly places = new Map<string, Place>();

  get all(): readonly FollowedPart[] {
    return [...this.open.values()];
  }
  /** In the order in which they were sent; as it is now, and while it is walked through. */
  get underWay(): ReadonlySet<FollowedPart> {
    return this.way;
  }
  get adrift(): ReadonlySet<FollowedPart> {
    return this.lost;
  }
  of(id: string): FollowedPart | undefined {
    return this.open.get(id);
  }
  named(part: string): FollowedPart | undefined {
    return this.byName.get(part);
  }
  held(name: string): ReadonlySet<FollowedPart> {
    return this.place(name).held;
  }
  coming(name: string): ReadonlySet<FollowedPart> {
    return this.place(name).coming;
  }
  faulty(name: string): ReadonlySet<FollowedPart> {
    return this.place(name).faulty;
  }
  /** Places that are taken, by parts that are there or come. */
  taken(name: string): number {
    const { held, coming } = this.place(name);
    return held.size + coming.size;
  }
  /** Since the start; what is there is what came less what is gone. */
  counts(name: string): { readonly came: number; readonly gone: number } {
    const { came, gone } = this.place(name);
    return { came, gone };
  }

  put(part: FollowedPart): void {
    if (this.open.has(part.id)) this.take(part);
    this.open.set(part.id, part);
    if (part.part !== null) this.byName.set(part.part, part);
    this.index(part);
  }

  /** One that has ended by it is gone from here. */
  change(part: FollowedPart, to: Partial<RoutedPart>): void {
    if (Object.keys(to).length === 0) return;
    const { place } = part;
    const before = place === null ? null : this.counts(place);
    this.take(part);
    Object.assign(part, to);
    if (part.ended === null) this.put(part);
    // It lies where it lay: neither did it come once more, nor did it leave.
    if (place !== null && part.place === place && part.ended === null) Object.assign(this.place(place), before);
  }

  private take(part: FollowedPart): void {
    this.open.delete(part.id);
    if (part.part !== null && this.byName.get(part.part) === part) this.byName.delete(part.part);
    this.way.delete(part);
    this.lost.delete(part);
    const name = placeOf(part);
    if (name === null) return;
    const place = this.place(name);
    if (place.held.delete(part)) place.gone++;
    place.coming.delete(part);
    place.faulty.delete(part);
  }

  private index(part: FollowedPart): void {
    if (isUnderWay(part)) this.way.add(part);
    if (isUnderWay(part) && part.to === null) this.lost.add(part);
    const name = placeOf(part);
    if (name === null) return;
    const place = this.place(name);
    if (part.place !== null) {
      place.held.add(part);
      place.came++;
    } else if (isUnderWay(part)) place.coming.add(part);
    if (part.fault !== null) place.faulty.add(part);
  }

  /** One that is there stands for another from now on: as many came as before. */
  replace(part: FollowedPart, by: FollowedPart): void {
    const place = this.place(placeOf(part) ?? '');
    const { came, gone } = place;
    this.take(part);
    this.put(by);
    Object.assign(place, { came, gone });
  }

  private place(name: string): Place {
    const known = this.places.get(name);
    if (known) return known;
    const place: Place = { held: new Set(), coming: new Set(), faulty: new Set(), came: 0, gone: 0 };
    this.places.set(name, place);
    return place;
  }
}

/** The first one that fits: nothing is copied, and no more is looked at. */
export function firstOf<T>(all: Iterable<T>, fits: (one: T) => boolean = () => true): T | undefined {
  for (const one of all) if (fits(one)) return one;
  return undefined;
}

/** As many, from the front. */
export function firstSo<T>(all: Iterable<T>, many: number): readonly T[] {
  const found: T[] = [];
  if (many <= 0) return found;
  for (const one of all) {
    found.push(one);
    if (found.length >= many) break;
  }
  return found;
}
