import { connect } from 'node:net';
import {
  AttributeIds,
  type ClientSession,
  DataType,
  MessageSecurityMode,
  OPCUAClient,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PassedPart, type Press, type StartPressOptions, startPress } from '#agent/cli/demo/start.js';
import { readingsAt, SENSORS, STEP } from '#agent/desk/simulation/physics.js';
import { partOf, timeOf } from '#agent/desk/simulation/press.js';
import { LinesideError } from '#agent/errors.js';
import { childrenOf } from '#scripts/support/processes.js';

const URI = 'urn:lineside:demo-press';
const VERDICT = { ok: 1, nok: 2, review: 3 } as const;

interface Change {
  readonly tag: string;
  readonly value: unknown;
  readonly at: number;
}

/** The part of an agent that a press sees: subscribes, says Ready, answers. */
class Operator {
  readonly changes: Change[] = [];
  private readonly client = OPCUAClient.create({
    endpointMustExist: false,
    securityMode: MessageSecurityMode.None,
    connectionStrategy: { maxRetry: 0 },
  });
  private session: ClientSession | undefined;
  private namespace = 0;
  private onChange: (change: Change) => void = () => {};

  get open(): ClientSession {
    if (!this.session) throw new Error('not connected');
    return this.session;
  }
  async connect(endpoint: string): Promise<void> {
    await this.client.connect(endpoint);
    this.session = await this.client.createSession();
    this.namespace = (await this.session.readNamespaceArray()).indexOf(URI);
  }
  async close(): Promise<void> {
    await this.session?.close();
    await this.client.disconnect();
  }
  node = (tag: string) => `ns=${this.namespace};s=${tag}`;

  async watch(tags: readonly string[], onChange: (change: Change) => void = () => {}): Promise<number> {
    this.onChange = onChange;
    const subscription = await this.open.createSubscription2({
      requestedPublishingInterval: 1,
      requestedMaxKeepAliveCount: 100,
      requestedLifetimeCount: 1000,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 1,
    });
    for (const tag of tags) {
      const item = await subscription.monitor(
        { nodeId: this.node(tag), attributeId: AttributeIds.Value },
        { samplingInterval: 0, queueSize: 100, discardOldest: true },
        TimestampsToReturn.Both,
      );
      item.on('changed', ({ value, sourceTimestamp }) => {
        const change = { tag, value: value.value, at: sourceTimestamp?.getTime() ?? 0 };
        this.changes.push(change);
        this.onChange(change);
      });
    }
    return subscription.publishingInterval;
  }
  /** Writes in one request, in this order. */
  write(writes: readonly (readonly [tag: string, type: DataType, value: unknown])[]) {
    return this.open.write(
      writes.map(([tag, dataType, value]) => ({
        nodeId: this.node(tag),
        attributeId: AttributeIds.Value,
        value: { value: { dataType, value } },
      })),
    );
  }
  ready = () => this.write([['Ready', DataType.Boolean, true]]);
  answer = (serial: string, verdict: number, reject = false) =>
    this.write([
      ['VerdictPart', DataType.String, serial],
      ...(reject ? ([['Reject', DataType.Boolean, true]] as const) : []),
      ['Verdict', DataType.Int32, verdict],
    ]);
  of = (tag: string) => this.changes.filter((change) => change.tag === tag);
}

const TAGS = ['PartPresent', 'Serial', 'PartCounter', 'Product'];
/** The value that a tag had at a time, as the agent finds it: by source time. */
const valueAt = (changes: readonly Change[], time: number) => changes.filter(({ at }) => at <= time).at(-1)?.value;

describe('the press, as its PLC shows it', () => {
  let press: Press;
  const operator = new Operator();
  const passed: PassedPart[] = [];
  const settings = { seed: 3, period: 50, parts: 60, lead: 200 };
  let epoch = 0;
  let publishing = 0;
  let beforeReady: readonly Change[] = [];
  let first = 0;
  let strays = -1;

  // One run of 60 parts at 20 a second, seen through and looked at afterwards.
  beforeAll(async () => {
    epoch = Math.round(Date.now());
    press = await startPress({ ...settings, epoch });
    press.onPart((part) => passed.push(part));
    await operator.connect(press.endpoint);
    publishing = await operator.watch([...TAGS, 'DieTemp', 'Pressure'], ({ tag, value, at }) => {
      if (tag !== 'PartPresent' || value !== true) return;
      const number = Math.round((at - epoch) / settings.period);
      // Of every ten parts, one is judged wrongly, one never, and one twice.
      if (number % 10 === 3) return;
      const { serial, truth } = partOf({ ...settings, epoch }, number);
      const wrong = truth === 'ok' ? 'nok' : 'ok';
      const verdict = number % 10 === 5 ? 'review' : number % 10 === 4 ? wrong : truth;
      void operator.answer(serial, VERDICT[verdict], verdict === 'nok');
      if (number % 10 === 6) void operator.answer(serial, VERDICT.review);
    });
    await vi.waitFor(() => expect(operator.of('DieTemp').length).toBeGreaterThan(5), { timeout: 10_000, interval: STEP });
    beforeReady = operator.of('PartPresent');
    await operator.ready();
    first = await press.ready;
    strays = await press.done;
  }, 90_000);
  afterAll(async () => {
    await operator.close();
    await press.stop();
  });
  const rising = () => operator.of('PartPresent').filter(({ value }) => value === true);
  const numbers = () => Array.from({ length: settings.parts }, (_, i) => first + i);

  it('waits with the first part until somebody is ready', () => {
    expect(beforeReady.every(({ value }) => value === false)).toBe(true);
    expect(first).toBeGreaterThan(4);
  });

  it('publishes faster than a part passes, which node-opcua by itself does not', () => {
    expect(publishing).toBeLessThanOrEqual(10);
  });

  it('reports every edge at 20 parts a second, each at its exact time', () => {
    expect(rising().map(({ at }) => at)).toEqual(numbers().map((number) => timeOf({ ...settings, epoch }, number)));
    const falling = operator.of('PartPresent').filter(({ value, at }) => value === false && at > epoch + first * settings.period);
    expect(falling.map(({ at }) => at)).toEqual(numbers().map((number) => epoch + number * settings.period + 25));
  });

  it('has serial, counter and product in place at the time of the edge', () => {
    for (const [i, { at }] of rising().entries()) {
      const part = partOf({ ...settings, epoch }, first + i);
      expect(valueAt(operator.of('Serial'), at)).toBe(part.serial);
      expect(valueAt(operator.of('PartCounter'), at)).toBe(part.number);
      expect(valueAt(operator.of('Product'), at)).toBe(part.product);
    }
  });

  it('gives every sensor value of the simulation, at its time', () => {
    const values = operator.of('DieTemp').slice(2);
    expect(values.length).toBeGreaterThan(60);
    for (const [i, { value, at }] of values.entries()) {
      expect(value).toBe(readingsAt(settings.seed, (at - epoch) / STEP).die_temp);
      if (i > 0) expect(at - (values[i - 1]?.at ?? 0)).toBe(STEP);
    }
  });

  it('matches every verdict to its part, and waits in vain for those that get none', () => {
    expect(passed.map(({ number }) => number).sort((a, b) => a - b)).toEqual(numbers());
    for (const { number, serial, at, truth, visible, cause, verdict, rejected, answeredMs } of passed) {
      expect({ serial, truth, visible, cause }).toEqual(
        (({ serial, truth, visible, cause }) => ({ serial, truth, visible, cause }))(partOf({ ...settings, epoch }, number)),
      );
      expect(at).toBe(epoch + number * settings.period);
      if (number % 10 === 3) expect({ verdict, rejected, answeredMs }).toEqual({ verdict: null, rejected: false, answeredMs: null });
      else if (number % 10 === 5) expect(verdict).toBe('review');
      else expect(verdict === truth).toBe(number % 10 !== 4);
      if (verdict !== null) expect(rejected).toBe(verdict === 'nok');
      if (answeredMs !== null) expect(answeredMs).toBeGreaterThan(0);
    }
  });

  it('counts verdicts that no part was waiting for', () => {
    expect(strays).toBe(6);
  });

  it('describes its sensors: unit and range', async () => {
    for (const {
      name,
      unit,
      range: [low, high],
    } of SENSORS) {
      const tag = name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
      const [units, range] = await Promise.all(
        ['EngineeringUnits', 'EURange'].map(async (property) => {
          const path = {
            startingNode: operator.node(tag),
            relativePath: {
              elements: [
                { isInverse: false, includeSubtypes: true, referenceTypeId: 'i=46', targetName: { namespaceIndex: 0, name: property } },
              ],
            },
          };
          const found = await operator.open.translateBrowsePath(path as never);
          return (await operator.open.read({ nodeId: found.targets?.[0]?.targetId.toString() ?? '', attributeId: AttributeIds.Value }))
            .value.value;
        }),
      );
      expect(units.displayName.text).toBe(unit);
      expect(units.unitId).toBeGreaterThan(0);
      expect([range.low, range.high]).toEqual([low, high]);
    }
  });

  it('lets nobody write what it drives itself', async () => {
    const [serial, temp] = await operator.write([
      ['Serial', DataType.String, 'mine'],
      ['DieTemp', DataType.Double, 20],
    ]);
    for (const status of [serial, temp]) expect(status?.value).toBe(StatusCodes.BadNotWritable.value);
  });

  it('listens on 127.0.0.1 and nowhere else', async () => {
    const refused = await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.2', port: press.port });
      socket.once('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? ''));
      socket.once('connect', () => resolve('connected'));
    });
    expect(refused).toBe('ECONNREFUSED');
  });
});

describe('the press, as a process', { timeout: 90_000 }, () => {
  const started: Press[] = [];
  const start = async (options: Partial<StartPressOptions> = {}) => {
    const before = childrenOf();
    const press = await startPress({ seed: 1, period: 100, lead: 0, ...options });
    started.push(press);
    const [pid = 0] = childrenOf().filter((one) => !before.includes(one));
    return { press, pid };
  };
  afterEach(async () => {
    for (const press of started.splice(0)) await press.stop();
  });

  it('sets an epoch that a config file can carry, far enough ahead for an agent to come up, and ends when it is told to', async () => {
    const now = Date.now();
    const { press, pid } = await start();
    expect(Number.isInteger(press.epoch)).toBe(true);
    expect(press.epoch).toBeGreaterThan(now + 3000);
    expect(press.endpoint).toBe(`opc.tcp://127.0.0.1:${press.port}`);
    expect(childrenOf()).toContain(pid);
    await Promise.all([press.stop(), press.stop()]);
    await press.stop();
    expect(childrenOf()).not.toContain(pid);
  });

  it('says so when it dies: nobody waits for parts that cannot come', async () => {
    const { press, pid } = await start();
    process.kill(pid, 'SIGKILL');
    for (const promise of [press.done, press.ready]) {
      const fault = await promise.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(fault).toBeInstanceOf(LinesideError);
      expect(String(fault)).toContain('OPCUA_UNREACHABLE');
      expect(String(fault)).toContain('SIGKILL');
    }
  });
});
