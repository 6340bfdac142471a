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
  /** Of those, what was passed over: for a good while later messages had their answers. */
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
/** Connections on which messages of a topic that never took anything were passed over, with nothing on it taken in between: it is the topic. */
const SKIPPED_AT = 2;
/** A topic given up for that is tried again when the broker is reconsidered, then after twice as many times of that, up to so many. */
const MOST_RESTS = 8;
/** Times that the patience with what is passed over is doubled. */
const MOST_DOUBLED = 5;
/** Topics of a kind of retained values that are guilty, where none of that kind was ever taken: it is the kind. */
const KIND_AT = 2;
/** Connections in a row that end with an answer to a command under way: it is not sent again, so nothing else tells. */
const ANSWERS_AT = 3;
/** Answers to topics that senders chose, refused one after the other: whoever does that makes us use up the broker's window. */
const REFUSED_ANSWERS_AT = 10;
/** Topics that are remembered as taken; beyond, one that is not remembered counts as never taken, which costs more dead letters. */
const MOST_TOPICS = 5000;

export class Suspects {
  /** Have to come through one at a time. */
  private readonly open = new Set<string>();
  /** A connection was closed with a retained value under way: which one is not known yet. */
  private valueSuspected = false;
  /** Messages that wait since they were passed over, and on how many connections. */
  private skipped = new Map<string, { readonly topic: string; readonly times: number }>();
  /** The same of topics that never took anything. */
  private readonly skippedTopics = new Map<string, number>();
  /** Topics that were given up for it, among the hopeless while `left` > 0. */
  private readonly resting = new Map<string, { readonly rests: number; left: number }>();
  /** Topics of retained values, of the status and of subscriptions. */
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

  /** Something waits, since the broker passed it over. */
  get waits(): boolean {
    return this.skipped.size > 0;
  }

  /** Topics of what waits, since the broker passed it over and acknowledges other messages. */
  get waiting(): readonly string[] {
    return [...new Set([...this.skipped.values()].map(({ topic }) => topic))];
  }

  /** So many times longer than usual a message may be passed over before it costs the connection, and all others with it. */
  get patience(): number {
    let most = 0;
    for (const { times } of this.skipped.values()) most = Math.max(most, times);
    return 2 ** Math.min(MOST_DOUBLED, most);
  }

  /** Whether it would tell something new to know that the broker still takes others while it leaves these, or what is under way, unanswered. */
  wonders(overtaken: readonly Sending[]): boolean {
    return this.skippedTopics.size > 0 || overtaken.some((one) => !isAnswer(one) && !this.hasTaken(one));
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
    if (this.skippedTopics.size + this.resting.size > 0) this.freshStart(classOf(sending));
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

  /**
   * What the broker said no to may be asked again: somebody may have changed its access list. So may, less and less often, what it passed
   * over: what was full behind it may have been emptied, and each try costs a connection or two.
   */
  reconsider(): void {
    this.said.clear();
    this.refusedAnswers = 0;
    for (const [topic, rest] of this.resting) if (rest.left > 0 && --rest.left === 0) this.hopeless.delete(topic);
  }

  /** A connection lasts for longer than anything may be passed over on it: what was has had its answer, or is not sent any more. */
  caughtUp(): void {
    this.skipped.clear();
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
    this.skippedTopics.clear();
    this.resting.clear();
    this.guiltyOfKind.clear();
    this.answersLost.clear();
  }

  private took({ what, topic, kind }: Sending): void {
    if (what === 'event' && this.taken.size < MOST_TOPICS) this.taken.add(topic);
    if (what === 'event' || what === 'reply' || what === 'answer') return;
    if (this.takenValues.size < MOST_TOPICS) this.takenValues.add(topic);
    if (kind !== undefined) this.takenKinds.add(kind);
  }

  private hasTaken({ what, topic }: Sending): boolean {
    return what === 'event' ? this.taken.has(topic) : this.takenValues.has(topic);
  }

  /**
   * The broker goes on answering what was sent later: no network does that, so nobody else is suspected. Only a topic that it never took
   * anything on is given up for it, and not at the first time: a broker that confirms by queue is late with one of them and not with
   * another, and a process that has just started has seen no topic take anything. On a topic that took something messages wait.
   */
  private passedOver({ overtaken, why }: Ending): Sending | null {
    const ours = overtaken.filter((one) => !isAnswer(one));
    const fresh = ours.filter((one) => !this.hasTaken(one));
    for (const topic of new Set(fresh.map(classOf))) this.skippedTopics.set(topic, (this.skippedTopics.get(topic) ?? 0) + 1);
    const guilty = fresh.filter((one) => (this.skippedTopics.get(classOf(one)) ?? 0) >= SKIPPED_AT);
    for (const topic of new Set(guilty.map(classOf))) this.rest(topic, why);
    const before = this.skipped;
    const waiting = ours.filter((one) => !this.hopeless.has(classOf(one)));
    this.skipped = new Map(waiting.map((one) => [keyOf(one), { topic: one.topic, times: (before.get(keyOf(one))?.times ?? 0) + 1 }]));
    // Of events one is told: one that shares its topic is not tried again.
    return guilty.find(({ what }) => what === 'event') ?? guilty[0] ?? null;
  }

  /** Given up, for a while. */
  private rest(topic: string, why: string): void {
    const rests = Math.min(MOST_RESTS, 2 * (this.resting.get(topic)?.rests ?? 0.5));
    this.resting.set(topic, { rests, left: rests });
    this.skippedTopics.delete(topic);
    this.hopeless.set(topic, why);
  }

  /** It has answered on this topic. */
  private freshStart(topic: string): void {
    this.skippedTopics.delete(topic);
    if (this.resting.get(topic)?.left === 0) this.resting.delete(topic);
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
