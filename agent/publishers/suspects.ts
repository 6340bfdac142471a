/**
 * Which message it was, where a broker just closes the connection (AWS IoT on what its policy denies, MQTT 3.1.1 brokers on what is too
 * large) or never answers. Pure: told what was sent and how connections ended, it says what to do next.
 *
 * A connection that ends with several messages under way makes suspects of them, and the next one sends one message at a time until all
 * of them are through: no bisection over connections is needed, since what is alone under way when a connection ends is the one. It is
 * found guilty when that happened again with the same message and nothing else, on connections that took others; so a broker that is
 * killed, or a cable, never makes a dead letter of an event that it would have taken a moment later.
 *
 * A broker that says no may close all the same, a little later: mosquitto 2.0 never gives back the place in its window of what it denies,
 * and closes when the window is used up. So what it said no to is not asked again for a while, and on a connection on which it said no
 * nobody who happens to be under way at its end is accused.
 */
export type SendingKind =
  | 'event'
  /** Retained: a state, an alarm, health. */
  | 'value'
  | 'status'
  /** To a command, on the agent's own topic. */
  | 'reply'
  /** The same, on a topic that the sender chose. */
  | 'answer'
  | 'subscription';

/** Something that was sent, or is to be. */
export interface Sending {
  readonly what: SendingKind;
  readonly topic: string;
  /** Of an event: its row in the outbox. */
  readonly row?: number;
  /** Of a retained value: all states, all alarms. */
  readonly kind?: string;
}

/** What the broker answered, where it was no. */
export interface Refused {
  readonly why: string;
  /** Nothing on this topic will be taken: not authorized, or no topic. */
  readonly topic: boolean;
  /** It was never sent: larger than the broker takes. */
  readonly unsent: boolean;
}

/** How a connection ended. */
export interface Ending {
  /** Sent and not answered. */
  readonly underWay: readonly Sending[];
  /** Of those, what was passed over: later messages had their answers. */
  readonly overtaken: readonly Sending[];
  /** The broker had taken another message on this connection: it works. */
  readonly proven: boolean;
  /** It did not close, it was silent: as well the network's fault, so it takes more to find somebody guilty. */
  readonly silent: boolean;
  /** In words. */
  readonly why: string;
}

/** Connections that end with the same message alone under way. */
const GUILTY_AT = 2;
const UNPROVEN_MORE = 2;
const SILENT_MORE = 2;
/** Messages on one topic that are passed over: it is the topic. */
const SKIPPED_AT = 2;
/** Topics of a kind of retained values that are guilty, where none of that kind was ever taken: it is the kind. */
const KIND_AT = 2;
/** Connections in a row that end with an answer to a command under way: it is not sent again, so nothing else tells. */
const ANSWERS_AT = 3;
/** Answers to topics that senders chose, refused one after the other: whoever does that makes us use up the broker's window. */
const REFUSED_ANSWERS_AT = 10;
/** Topics that are remembered as taken; beyond, one that is not remembered counts as never taken, which costs one more dead letter. */
const MOST_TOPICS = 5000;

export class Suspects {
  /** Have to come through one at a time. */
  private readonly open = new Set<string>();
  /** A connection was closed with a retained value under way: which one is not known yet. */
  private valueSuspected = false;
  /** Connections that ended since these were passed over. */
  private skipped = new Map<string, number>();
  private readonly takenValues = new Set<string>();
  private readonly takenKinds = new Set<string>();
  private readonly guiltyOfKind = new Map<string, number>();
  private accused: { readonly key: string; readonly times: number } | null = null;
  private readonly taken = new Set<string>();
  private readonly hopeless = new Map<string, string>();
  /** What the broker itself said no to; asked again after a while, see reconsider(). */
  private readonly said = new Map<string, string>();
  private saidNo = false;
  private refusedAnswers = 0;
  private readonly answersLost = new Map<SendingKind, number>();

  /** One message at a time. */
  get careful(): boolean {
    return this.open.size > 0;
  }

  /**
   * Events first, then the retained values one at a time, those that were taken before at the front: whatever becomes of the connection,
   * what the broker takes is with it by then.
   */
  get valuesLast(): boolean {
    return this.valueSuspected;
  }

  /** A retained value that the broker has taken. */
  tookValue(topic: string): boolean {
    return this.takenValues.has(topic);
  }

  /** Why it is not even tried, or null. HOT PATH where something is denied, else one look at an empty map. */
  deniedWhy(sending: Sending): string | null {
    if (this.hopeless.size + this.said.size === 0) return null;
    const what = classOf(sending);
    const ofKind = sending.kind === undefined ? undefined : this.hopeless.get(kindOf(sending));
    return ofKind ?? this.hopeless.get(what) ?? this.said.get(what) ?? null;
  }

  /** A new connection. */
  began(): void {
    this.saidNo = false;
  }

  /** The broker answered: it took it (null), or refused it. */
  answered(sending: Sending, refused: Refused | null): void {
    if (refused) this.refused(sending, refused);
    else this.took(sending);
    if (this.skipped.size > 0) this.skipped.delete(keyOf(sending));
    if (isAnswer(sending)) this.answersLost.delete(sending.what);
    if (sending.what === 'answer' && !refused) this.refusedAnswers = 0;
    if (this.open.size === 0 && !this.accused) return;
    const key = keyOf(sending);
    this.open.delete(key);
    if (this.accused?.key === key) this.accused = null;
  }

  /** Returns the message that is guilty, or null. A guilty event's topic is given up where the broker never took anything on it. */
  ended(ending: Ending): Sending | null {
    const [only, ...others] = ending.underWay;
    if (!only) return null;
    this.countAnswers(ending);
    this.open.clear();
    if (ending.silent && ending.overtaken.some((sending) => !isAnswer(sending))) return this.passedOver(ending);
    if (!ending.silent && ending.underWay.some(({ what }) => what === 'value')) this.valueSuspected = true;
    if (others.length > 0 || this.saidNo) {
      // Answers are not sent again, so nobody can wait for them to come through.
      for (const sending of ending.underWay) if (!isAnswer(sending)) this.open.add(keyOf(sending));
      return null;
    }
    if (isAnswer(only)) return null;
    const key = keyOf(only);
    const times = (this.accused?.key === key ? this.accused.times : 0) + 1;
    this.accused = { key, times };
    this.open.add(key);
    return times >= neededFor(only, ending) ? this.condemn(only, ending.why) : null;
  }

  /** A connection lasts with everything said: no retained value ends it. */
  steady(): void {
    this.valueSuspected = false;
  }

  /** What the broker said no to may be asked again: somebody may have changed its access list. */
  reconsider(): void {
    this.said.clear();
    this.refusedAnswers = 0;
  }

  /** Whoever was suspected is not any more: one at a time was tried for long enough. */
  release(): void {
    this.open.clear();
  }

  /** Everything is tried again: somebody says that the cause is mended. */
  forgive(): void {
    this.hopeless.clear();
    this.reconsider();
    this.accused = null;
    this.skipped.clear();
    this.guiltyOfKind.clear();
    this.answersLost.clear();
  }

  private took({ what, topic, kind }: Sending): void {
    if (what === 'event' && this.taken.size < MOST_TOPICS) this.taken.add(topic);
    if (what !== 'value') return;
    if (this.takenValues.size < MOST_TOPICS) this.takenValues.add(topic);
    if (kind !== undefined) this.takenKinds.add(kind);
  }

  /**
   * The broker goes on answering what was sent later: no network does that, so nobody else is suspected. A topic that it never took
   * anything on is given up as soon as two of its messages were passed over; any other message when that happened to it twice.
   */
  private passedOver({ overtaken, why }: Ending): Sending | null {
    const before = this.skipped;
    this.skipped = new Map(overtaken.filter((one) => !isAnswer(one)).map((one) => [keyOf(one), (before.get(keyOf(one)) ?? 0) + 1]));
    const onTopic = new Map<string, number>();
    for (const { what, topic } of overtaken)
      if (what === 'event' && !this.taken.has(topic)) onTopic.set(topic, (onTopic.get(topic) ?? 0) + 1);
    const isTopics = ({ what, topic }: Sending) => what === 'event' && (onTopic.get(topic) ?? 0) >= SKIPPED_AT;
    const guilty = overtaken.filter((one) => isTopics(one) || (this.skipped.get(keyOf(one)) ?? 0) >= GUILTY_AT);
    // Retained values are given up here; of events one is told, and one that shares its topic is not tried again.
    for (const one of guilty) if (one.what !== 'event' || !this.taken.has(one.topic)) this.hopeless.set(classOf(one), why);
    return guilty.find(({ what }) => what === 'event') ?? guilty[0] ?? null;
  }

  private refused(sending: Sending, { why, topic, unsent }: Refused): void {
    if (unsent) return;
    this.saidNo = true;
    if (sending.what === 'answer') {
      this.refusedAnswers++;
      if (this.refusedAnswers >= REFUSED_ANSWERS_AT) this.said.set('answer', why);
    } else if (sending.what !== 'event' || topic) this.said.set(classOf(sending), why);
  }

  private condemn(guilty: Sending, why: string): Sending {
    this.accused = null;
    this.open.delete(keyOf(guilty));
    if (guilty.what !== 'event' || !this.taken.has(guilty.topic)) this.hopeless.set(classOf(guilty), why);
    if (guilty.kind !== undefined) this.countKind(guilty, why);
    return guilty;
  }

  /** A broker that closes on one station's state closes on each: finding them one by one would take two connections for each. */
  private countKind(guilty: Sending, why: string): void {
    const kind = kindOf(guilty);
    const times = (this.guiltyOfKind.get(kind) ?? 0) + 1;
    this.guiltyOfKind.set(kind, times);
    if (times >= KIND_AT && !this.takenKinds.has(guilty.kind ?? '')) this.hopeless.set(kind, why);
  }

  private countAnswers({ underWay, why }: Ending): void {
    for (const what of new Set(underWay.filter(isAnswer).map((sending) => sending.what))) {
      const times = (this.answersLost.get(what) ?? 0) + 1;
      this.answersLost.set(what, times);
      if (times >= ANSWERS_AT) this.hopeless.set(what, why);
    }
  }
}

function neededFor({ what }: Sending, { proven, silent }: Ending): number {
  // Status and subscription are the first that is sent: CONNACK is the proof, and going on without them loses no event.
  const first = what === 'status' || what === 'subscription';
  return GUILTY_AT + (proven || first ? 0 : UNPROVEN_MORE) + (silent && !first ? SILENT_MORE : 0);
}

const keyOf = ({ what, topic, row }: Sending): string => (row === undefined ? `${what} ${topic}` : `${what} ${row}`);
/** What is given up together. */
const classOf = ({ what, topic }: Sending): string => (what === 'reply' || what === 'answer' ? what : `${what} ${topic}`);
const kindOf = ({ kind }: Sending): string => `every ${kind}`;
const isAnswer = ({ what }: Sending): boolean => what === 'reply' || what === 'answer';
