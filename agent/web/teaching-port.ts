/** What the page asks of teaching: one lesson at a time, whose state lives here and not in a browser. */
import type { DifferingPart, Mark, Verdict } from '../contracts/index.ts';

/** What somebody said of a picture: `out` is neither, it is left out. */
export type Said = 'good' | 'bad' | 'out';

export interface LessonPicture {
  readonly id: string;
  /** Of the part that it shows. */
  readonly inspection: string;
  /** When it came, ms since 1970. */
  readonly at: number;
  readonly said: Said;
  /** What is wrong, of a bad one. */
  readonly kind: string | null;
  /** Where it is bad, in its pixels; empty where nobody said. */
  readonly boxes: readonly Mark[];
  /** It does not fit the others, by so many of their spreads; null: it does, or nothing is learned yet. */
  readonly odd: number | null;
  /** By what had not seen it, 0..1; null: nothing is learned yet. */
  readonly score: number | null;
  /** It has a heat map, of what had not seen it. */
  readonly heat: boolean;
  /** That map is highest within one of its marks; null: nothing is marked on it, or nothing is learned yet. */
  readonly pointed: boolean | null;
}

export interface LookedAtPart extends DifferingPart {
  /** There is a heat map of the taught package. */
  readonly candidate_heat: boolean;
}

/** What the taught package says of a stored part. */
export interface StoredPart {
  readonly inspection: string;
  readonly at: number;
  /** That was given. */
  readonly verdict: Verdict;
  readonly score: number;
}

/** The picture of a stored part, with what people said of it when it was judged. */
export interface StoredPicture extends LessonBytes {
  readonly inspection: string;
  /** What is wrong and where, of one that they called bad. */
  readonly kind: string | null;
  readonly boxes: readonly Mark[];
}

/** x, y, width, height in pixels of the picture. */
export type TaughtRegion = readonly [x: number, y: number, width: number, height: number];

/** The last parts at a place, while somebody looks. */
export interface LiveLook {
  readonly camera: string;
  /** Of the camera's pictures, pixels; null before the first part. */
  readonly width: number | null;
  readonly height: number | null;
  /** That the model which is there looks at; null: all of the picture. */
  readonly region: TaughtRegion | null;
  /** Newest first. */
  readonly pictures: readonly { readonly id: string; readonly at: number }[];
}

/** Good production between two times, ms since 1970. */
export interface Stretch {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** What was learned of a normal machine. */
export interface LearnedMachine {
  readonly tags: {
    readonly used: readonly string[];
    /** Wandering ones, of which only what holds still together is judged. */
    readonly combined: readonly string[];
    readonly unusable: readonly { readonly tag: string; readonly why: string }[];
  };
  readonly rows: number;
  readonly promise: {
    readonly promised: boolean;
    readonly one_in: number;
    readonly text: string;
    /** Shares of held-out rows that alarm: of all, and of the worst stretch. */
    readonly alarms: number;
    readonly worst_stretch: number;
  };
  readonly remarks: readonly string[];
  readonly seconds: number;
  readonly memory_mb: number;
}

/** A limit and what it promises: so many of the held-out good parts lie beyond it. */
export interface LessonLimit {
  readonly at: number;
  readonly refused: number;
  readonly one_in: number;
}

/** A share with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What one way to look at pictures makes of those that were shown. */
export interface LookFigures {
  readonly one_in: number;
  /** Null without bad ones, without which nobody can tell which way is better. */
  readonly auroc: Interval | null;
  readonly found: Interval | null;
  /** Median processor time of the network that looks, without what is taught, ms on this box; bytes of the package's network. */
  readonly look_ms: number;
  readonly bytes: number;
}

export interface Learned {
  readonly good: number;
  readonly bad: number;
  /** Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks. */
  readonly marked: number;
  /** The limit that was chosen, 0..1; and the others there are, the highest first. */
  readonly threshold: number;
  readonly limits: readonly LessonLimit[];
  readonly promise: { readonly one_in: number; readonly parts: number; readonly parts_wanted: number | null; readonly text: string };
  /** Of the bad ones; null without any. */
  readonly found: Interval | null;
  /** The same by the kind that people named. */
  readonly kinds: readonly { readonly name: string; readonly found: Interval }[];
  /** Chance that a bad one scores above a good one; null without bad ones. */
  readonly auroc: Interval | null;
  /** false: it cannot tell good from bad, as far as the ones shown tell. */
  readonly tells: boolean;
  /** Where it looked closer, for small faults: the same pictures taught as they are, and so; null: as they are. */
  readonly closer: { readonly plain: LookFigures; readonly closer: LookFigures } | null;
  /** Where the part moves: shares of the region that a good one lay from the reference at most, and that are looked through; null: it lies still. */
  readonly registered: { readonly moved: number; readonly range: number } | null;
  readonly remarks: readonly string[];
  readonly seconds: number;
  readonly memory_mb: number;
}

export type LessonPhase = 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';

export interface LessonView {
  /**
   * Of the bad ones on which somebody marked where: those whose heat map is highest there (the "pointing game" of Zhang and others, Top-down
   * Neural Attention by Excitation Backprop, 2016); null: none is marked, or nothing is learned yet.
   */
  readonly pointed: Interval | null;
  readonly id: string;
  readonly station: string;
  readonly model: string;
  /** Parts that look like good ones, or a machine whose tags are as usual. */
  readonly of: 'part' | 'machine';
  /** Name of the package to be. */
  readonly package: string;
  /** Part of the picture that is taught; null: all of it. */
  readonly region: TaughtRegion | null;
  /** The part moves: it is looked for around the region. */
  readonly registered: boolean;
  /** What the package looks at, and heat maps of it cover: where the part moves, what is around the region too. Null: all of the picture. */
  readonly area: TaughtRegion | null;
  readonly phase: LessonPhase;
  readonly by: string;
  readonly since: number;
  /** Pictures to be collected, and one good part in so many that may be rejected. */
  readonly wanted: number;
  readonly reject: number;
  readonly pictures: readonly LessonPicture[];
  /** Where it is while it learns. */
  readonly step: { readonly doing: string; readonly done: number; readonly total: number; readonly left_s: number | null } | null;
  readonly learned: Learned | null;
  /** Of a machine: what it is taught from, the first first; and what was learned. */
  readonly stretches: readonly Stretch[];
  readonly machine: LearnedMachine | null;
  readonly fault: { readonly text: string; readonly next: string } | null;
  /** Stored parts that the taught package has looked at; null: it has not, or not yet. */
  readonly stored: number | null;
  /** Why it has not, and will not by itself before the agent starts again. */
  readonly stored_fault: { readonly text: string; readonly next: string } | null;
  /** What judges in its place, and the part of the picture that it looks at (null: all of it); and beside it, how many parts both have judged. */
  readonly judges: string | null;
  readonly judges_region: TaughtRegion | null;
  readonly shadow: { readonly compared: number; readonly differing: number; readonly skipped: number; readonly failed: number } | null;
}

export interface LessonWish {
  readonly station: string;
  readonly model: string;
  readonly package: string;
  readonly wanted: number;
  readonly reject: number;
  /** null: all of the picture; undefined: what the model that is there looks at. */
  readonly region?: TaughtRegion | null | undefined;
  /** The part moves. Default: it lies still. */
  readonly registered?: boolean | undefined;
}

export interface LessonBytes {
  readonly type: 'image/jpeg' | 'image/png';
  readonly bytes: Uint8Array;
}

/** Those that change something reject with COMMAND_REFUSED where it is not the time for it. */
export interface TeachingPort {
  lesson(): LessonView | null;
  /** Null: there is no such picture. */
  picture(id: string): Promise<LessonBytes | null>;
  /** Rejects with COMMAND_REFUSED where no model looks at pictures there. */
  live(station: string, model: string): LiveLook;
  /** Null: it is not among the last ones any more. */
  livePicture(id: string): LessonBytes | null;
  begin(user: string, wish: LessonWish): Promise<LessonView>;
  /** Stored parts beside, or instead of, live ones: pictures of the lesson's camera. Returns how many were new. */
  add(pictures: readonly StoredPicture[], said: Said): Promise<number>;
  /** The camera whose pictures count; null: no lesson collects. */
  camera(): string | null;
  /** Of a picture of the lesson, as PNG; null: there is none. */
  heat(id: string): Promise<LessonBytes | null>;
  /** Stored parts as the taught package would judge them, newest first. */
  stored(): Promise<readonly StoredPart[]>;
  /** What runs beside: whose differences are asked for; null: nothing of this lesson does. */
  beside(): { readonly station: string; readonly model: string; readonly candidate: string; readonly camera: string } | null;
  /** Of the newest parts that differ, newest first, and those before them: the ones to show. Has the taught package look at those where it has not. */
  lookAt(newest: readonly DifferingPart[]): readonly LookedAtPart[];
  /** Of a stored part that it has looked at, as PNG; null: it has not. */
  storedHeat(inspection: string): Promise<LessonBytes | null>;
  /** `boxes`: where it is bad; absent: as it was said before. */
  say(id: string, said: Said, kind: string | null, boxes?: readonly Mark[]): Promise<LessonView>;
  /** Of a machine: good production from then to then. */
  mark(stretch: Omit<Stretch, 'id'>): Promise<LessonView>;
  /** Rejects with WEB_UNKNOWN. */
  unmark(id: string): Promise<LessonView>;
  /** `closer`: at more pixels each way, so that small faults count. */
  learn(closer: boolean): Promise<LessonView>;
  shadow(wish: { readonly threshold: number | null; readonly anyway: boolean }): Promise<LessonView>;
  promote(): Promise<LessonView>;
  back(): Promise<LessonView>;
  /** Leaves nothing of it but what judges. */
  end(): Promise<void>;
}
