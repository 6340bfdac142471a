/**
 * The PLC of a line: offers numbered parts to the stations on an OPC UA server of its own and writes down when it was told what. It
 * remembers its counters over a restart, as a PLC does.
 */
import { type OpcuaServerKind, type OpcuaSimulator, type OpcuaSimulatorOptions, type Said, startOpcuaServer } from './opcua.ts';

export interface Answered {
  readonly part: string;
  /** 1 ok, 2 nok, 3 review. */
  readonly verdict: number;
  /** ms since the epoch. */
  readonly at: number;
}

/** One station as the PLC sees it. */
export class PlcStation {
  readonly suffix: string;
  /** When each part was offered, ms since the epoch, by its number. */
  readonly offered = new Map<number, number>();
  readonly answers: Answered[] = [];
  /** How often the station has said that it judges. */
  readies = 0;

  constructor(suffix: string) {
    this.suffix = suffix;
  }

  get last(): number {
    return Math.max(0, ...this.offered.keys());
  }
}

export interface Plc {
  readonly server: OpcuaSimulator;
  readonly stations: readonly PlcStation[];
  /** When it stood still itself, ms since the epoch. */
  readonly standstills: readonly { readonly from: number; readonly to: number }[];
  /** Offers `count` more parts to a station; resolves when the last one has been offered, or the PLC was stopped. */
  offer(count: number, every: number, station?: number): Promise<void>;
  /** Offers parts until halt(). */
  run(every: number, station?: number): Promise<void>;
  halt(station?: number): Promise<void>;
  /** Kills the server; what was on offer ends there. */
  kill(): Promise<void>;
  /** Starts it again; counters stand where they stood, but what `changes` says. */
  start(changes?: Partial<OpcuaSimulatorOptions>): Promise<void>;
  until(holds: () => boolean, what: string): Promise<void>;
  stop(): Promise<void>;
}

const GIVE_UP_AFTER = 40_000;
const FOR_EVER = 1_000_000;

export interface PlcOptions {
  /** One station each, appended to the names of its tags. */
  readonly suffixes?: readonly string[];
  /** Further variables of the server. */
  readonly more?: OpcuaSimulatorOptions['variables'];
  /** Each part has a serial as well, `S` and its number in seven digits, in the tag `Serial` and the station's suffix. Only with asyncua. */
  readonly serials?: boolean;
  /** As in OpcuaSimulatorOptions. */
  readonly clock?: number | 'none';
}

export async function startPlc(
  kind: OpcuaServerKind,
  { suffixes = [''], more = {}, serials = false, clock = 0 }: PlcOptions = {},
): Promise<Plc> {
  const stations = suffixes.map((suffix) => new PlcStation(suffix));
  const serialsOf = () => Object.fromEntries(stations.map(({ suffix }) => [`Serial${suffix}`, ['String', ''] as const]));
  const variables = () => ({ ...Object.assign({}, ...stations.map(variablesOf)), ...(serials ? serialsOf() : {}), ...more });
  const server = await startOpcuaServer(kind, { variables: variables(), readOnly: [], clock });
  const waiting = new Set<() => void>();
  const done = new Map<string, () => void>();
  const standstills: { from: number; to: number }[] = [];
  const look = () => {
    for (const one of [...waiting]) one();
  };
  server.onSaid((said) => {
    if (said.said === 'done') done.get(said.name)?.();
    else if (said.said === 'stood still') standstills.push({ from: said.at - Number(said.value), to: said.at });
    else for (const station of stations) note(station, said);
    look();
  });
  const watchAll = async () => {
    for (const { suffix } of stations) {
      await server.watch(`Verdict${suffix}`, `VerdictPart${suffix}`);
      await server.watch(`Ready${suffix}`);
    }
  };
  await watchAll();
  const of = (index: number): PlcStation => {
    const station = stations[index];
    if (!station) throw new Error(`the PLC has no station ${index}`);
    return station;
  };
  const begin = (count: number, every: number, station: PlcStation) => {
    const names = {
      trigger: `PartPresent${station.suffix}`,
      counter: `Counter${station.suffix}`,
      ...(serials ? { serial: `Serial${station.suffix}` } : {}),
    };
    return server.offer({ ...names, first: station.last + 1, count, every });
  };
  return {
    server,
    stations,
    standstills,
    offer: async (count, every, index = 0) => {
      const station = of(index);
      const over = new Promise<void>((resolve) => done.set(`PartPresent${station.suffix}`, resolve));
      await begin(count, every, station);
      await over;
    },
    run: (every, index = 0) => begin(FOR_EVER, every, of(index)),
    halt: (index = 0) => server.halt(`PartPresent${of(index).suffix}`),
    kill: async () => {
      await server.kill();
      for (const resolve of done.values()) resolve();
    },
    start: async (changes = {}) => {
      await server.start({ ...changes, variables: { ...variables(), ...changes.variables } });
      await watchAll();
    },
    until: (holds, what) =>
      new Promise((resolve, reject) => {
        const settle = (how: () => void) => {
          clearTimeout(timer);
          waiting.delete(check);
          how();
        };
        const timer = setTimeout(() => settle(() => reject(new Error(`the PLC waited in vain: ${what}`))), GIVE_UP_AFTER);
        const check = () => holds() && settle(resolve);
        waiting.add(check);
        check();
      }),
    stop: () => server.stop(),
  };
}

function note(station: PlcStation, { said, name, value, beside, at }: Said): void {
  if (said === 'offered' && name === `PartPresent${station.suffix}`) station.offered.set(Number(value), at);
  if (said === 'written' && name === `Verdict${station.suffix}`) station.answers.push({ part: String(beside), verdict: Number(value), at });
  if (said === 'written' && name === `Ready${station.suffix}` && value === true) station.readies++;
}

const variablesOf = ({ suffix, last, answers }: PlcStation): NonNullable<OpcuaSimulatorOptions['variables']> => ({
  [`PartPresent${suffix}`]: ['Boolean', false],
  [`Counter${suffix}`]: ['UInt32', last],
  [`Verdict${suffix}`]: ['Int32', answers.at(-1)?.verdict ?? 0],
  [`VerdictPart${suffix}`]: ['String', answers.at(-1)?.part ?? ''],
  [`Ready${suffix}`]: ['Boolean', false],
});

/** The tags of one station as the agent's config names them. */
export const tagsOf = (suffix = ''): Readonly<Record<string, object>> => {
  const node = (name: string) => `nsu=urn:press;s=${name}${suffix}`;
  const end = suffix.toLowerCase();
  return {
    [`trigger${end}`]: { node: node('PartPresent'), sampling: '5ms' },
    [`counter${end}`]: { node: node('Counter'), sampling: '5ms' },
    [`verdict${end}`]: { node: node('Verdict'), writable: true },
    [`verdict_part${end}`]: { node: node('VerdictPart'), writable: true },
    [`ready${end}`]: { node: node('Ready'), writable: true },
  };
};
