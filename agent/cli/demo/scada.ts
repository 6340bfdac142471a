/** What sits at the other end of the demo's broker, as in a plant: hears every topic of the line, and gives commands. */
import { randomUUID } from 'node:crypto';
import { connectAsync, type MqttClient } from 'mqtt';
import { LinesideError } from '../../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';

export type Payload = Readonly<Record<string, unknown>>;
interface Heard {
  readonly topic: string;
  readonly payload: Payload;
}
interface Awaited {
  readonly fits: (heard: Heard) => boolean;
  readonly settle: (payload: Payload) => void;
  readonly give: (why: LinesideError) => void;
}

/** `cmd/<verb>` is answered within it, however busy the box. */
const ANSWERED_WITHIN = Seconds(10);
/** Of what was heard, for those who ask later; the oldest go first. */
const KEPT = 5000;

export class Scada {
  private readonly client: MqttClient;
  private readonly clock: Clock;
  private readonly root: string;
  private readonly own: string;
  private readonly heard: Heard[] = [];
  private readonly awaited = new Set<Awaited>();
  private isClosed = false;

  private constructor(client: MqttClient, clock: Clock, root: string, agent: string) {
    this.client = client;
    this.clock = clock;
    this.root = root;
    this.own = `${root}/_agent/${agent}`;
    client.on('message', (topic, bytes) => this.hear(topic, bytes));
  }

  /** `root`: the topic of the line. */
  static async connect(url: string, clock: Clock, root: string, agent: string): Promise<Scada> {
    const client = await connectAsync(url);
    const scada = new Scada(client, clock, root, agent);
    await client.subscribeAsync(`${root}/#`, { qos: 1 });
    return scada;
  }

  /** Whoever still waits for something gets STOPPING. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { give } of [...this.awaited]) give(new LinesideError('STOPPING'));
    await this.client.endAsync(true);
  }

  /** The first that fits below the line's topic, heard already or to come; null: none within `patience`. */
  find(leaf: string, fits: (payload: Payload) => boolean, patience: Milliseconds): Promise<Payload | null> {
    return this.first((one) => one.topic === `${this.root}/${leaf}` && fits(one.payload), patience);
  }

  /** Likewise, below the agent's own topic. */
  findOwn(leaf: string, fits: (payload: Payload) => boolean, patience: Milliseconds): Promise<Payload | null> {
    return this.first((one) => one.topic === `${this.own}/${leaf}` && fits(one.payload), patience);
  }

  /** An alarm that stands, of the line, a station or the agent. */
  alarm(code: string, patience: Milliseconds): Promise<Payload | null> {
    return this.first(({ topic, payload }) => topic.includes(`/alarm/${code}`) && payload['active'] === true, patience);
  }

  /** The newest of a topic of the agent's own. */
  newestOwn(leaf: string, fits: (payload: Payload) => boolean = () => true): Payload | null {
    return this.heard.findLast(({ topic, payload }) => topic === `${this.own}/${leaf}` && fits(payload))?.payload ?? null;
  }

  /** What the command did. Rejects with COMMAND_REFUSED where the agent refuses it, TIMEOUT where it says nothing. */
  async command(verb: string, body: object): Promise<Payload> {
    const id = randomUUID();
    await this.client.publishAsync(`${this.own}/cmd/${verb}`, JSON.stringify({ ...body, id }), { qos: 1 });
    const reply = await this.findOwn(`cmd/${verb}/reply`, (payload) => payload['id'] === id, ANSWERED_WITHIN);
    if (!reply) throw new LinesideError('TIMEOUT', { what: `The command ${verb}`, ms: ANSWERED_WITHIN });
    if (reply['ok'] !== true) throw new LinesideError('COMMAND_REFUSED', { verb, why: String(reply['text']) });
    return (reply['result'] ?? {}) as Payload;
  }

  private first(fits: (heard: Heard) => boolean, patience: Milliseconds): Promise<Payload | null> {
    if (this.isClosed) return Promise.reject(new LinesideError('STOPPING'));
    const known = this.heard.find(fits);
    if (known) return Promise.resolve(known.payload);
    return new Promise((resolve, reject) => {
      const over = () => {
        this.awaited.delete(awaited);
        cancel();
      };
      const settle = (payload: Payload | null) => {
        over();
        resolve(payload);
      };
      const give = (why: LinesideError) => {
        over();
        reject(why);
      };
      const awaited: Awaited = { fits, settle, give };
      const cancel = this.clock.after(patience, () => settle(null));
      this.awaited.add(awaited);
    });
  }

  private hear(topic: string, bytes: Uint8Array): void {
    // A retained topic that ends is empty.
    if (bytes.length === 0) return;
    const heard = { topic, payload: JSON.parse(Buffer.from(bytes).toString()) as Payload };
    if (this.heard.push(heard) > KEPT) this.heard.shift();
    for (const one of [...this.awaited]) if (one.fits(heard)) one.settle(heard.payload);
  }
}
