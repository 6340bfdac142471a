/**
 * What has been answered so far, over the views and over a reload: who looks at Health meanwhile finds it again. Passwords are in this page alone,
 * and go to the box beside the answers, which have `${secret:NAME}` in their place; after a reload they are typed again.
 */
import { createEffect, createRoot } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { BrokerTrial, CameraTrial, PlcTrial } from '../../api/types.ts';
import { keep, kept } from '../../pieces/kept.ts';

export const LEVELS = ['enterprise', 'site', 'area', 'line'] as const;
export const ROLES = ['trigger', 'part', 'counter', 'verdict', 'verdict_part'] as const;
export type TagRole = (typeof ROLES)[number];
/** What the agent writes is never chosen by itself. */
const READ: ReadonlySet<TagRole> = new Set(['trigger', 'part', 'counter']);
export const MOST_CAMERAS = 8;

// A store sets by path only what may be set.
/** An address, and what came of asking it. */
export interface Asked<Trial> {
  address: string;
  user: string;
  password: string;
  /** There was one before the page was loaded again. */
  retype: boolean;
  /** Of the address as it stands; null: it has not been asked. */
  trial: Trial | null;
  /** Whoever answers, it stays: it will answer later. */
  kept: boolean;
}
export interface CameraAsked extends Asked<CameraTrial> {
  package: string;
}
export interface PlcAsked extends Asked<PlcTrial> {
  unencrypted: boolean;
  /** Node by role. */
  tags: Partial<Record<TagRole, string | undefined>>;
}
export interface BrokerAsked extends Asked<BrokerTrial> {
  unencrypted: boolean;
  ca: string;
}
export interface Asking {
  step: number;
  line: Record<(typeof LEVELS)[number], string>;
  station: string;
  cameras: CameraAsked[];
  plc: PlcAsked;
  broker: BrokerAsked;
}

/** Another address, user or password is another question. */
export const unasked = { trial: null, kept: false } as const;

const UNASKED = { address: '', user: '', password: '', retype: false, trial: null, kept: false } as const;
const NOTHING: Asking = {
  step: 0,
  line: { enterprise: '', site: '', area: '', line: '' },
  station: 'station',
  cameras: [{ ...UNASKED, package: '' }],
  plc: { ...UNASKED, unencrypted: false, tags: {} },
  broker: { ...UNASKED, unencrypted: false, ca: '' },
};
const KEPT = 'first-config-1';
export const [asking, setAsking] = createStore<Asking>(asBefore());
createRoot(() => createEffect(() => keep(KEPT, keepable())));

/** It is written down. */
export const forgetAsking = (): void => keep(KEPT, undefined);

/** Without passwords and pictures. */
function keepable(): Asking {
  const bare = <T extends Asked<unknown>>(of: T): T => ({ ...of, password: '', retype: of.retype || of.password !== '' });
  return {
    ...asking,
    line: { ...asking.line },
    cameras: asking.cameras.map((camera) => {
      const { trial } = camera;
      return { ...bare(camera), trial: trial && { ...trial, picture: trial.picture && { ...trial.picture, jpeg: null } } };
    }),
    plc: bare(asking.plc),
    broker: bare(asking.broker),
  };
}

/** Before a reload. An address whose password is to be typed again has not been asked. */
function asBefore(): Asking {
  const known = kept(KEPT);
  if (!isAsking(known)) return structuredClone(NOTHING);
  const anew = <T extends Asked<unknown>>(of: T): T => (of.retype ? { ...of, ...unasked } : of);
  return { ...known, cameras: known.cameras.map(anew), plc: anew(known.plc), broker: anew(known.broker) };
}

function isAsking(of: unknown): of is Asking {
  if (typeof of !== 'object' || of === null) return false;
  const parts = Object.entries(NOTHING).map(([part, first]) => [Reflect.get(of, part), first] as const);
  return parts.every(([part, first]) => typeof part === typeof first && part !== null && Array.isArray(part) === Array.isArray(first));
}

export const addCamera = (): void => setAsking('cameras', asking.cameras.length, { ...UNASKED, package: asking.cameras[0]?.package ?? '' });
export const removeCamera = (at: number): void => setAsking('cameras', (all) => all.filter((_, index) => index !== at));

/** The first is `top`, as the one that looks down on the part. */
export const cameraName = (index: number): string => (index === 0 ? 'top' : `camera_${index + 1}`);

/** Answered, or kept as it is. */
export const isSettled = ({ trial, kept }: Asked<{ readonly ok: boolean }>): boolean => kept || trial?.ok === true;

const secret = (name: string): string => `\${secret:${name}}`;

export function cameraAnswer({ address, user, password, package: chosen, trial }: CameraAsked, index: number) {
  const name = cameraName(index);
  const login = `${encodeURIComponent(user)}${password === '' ? '' : `:${secret(`camera-${name}`)}`}@`;
  const whole = user === '' ? address : address.replace(/^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?/i, (_, scheme: string) => scheme + login);
  const bytes = trial?.picture?.bytes;
  return {
    name,
    address: whole,
    ...(chosen === '' ? {} : { package: chosen }),
    ...(bytes === undefined ? {} : { picture_bytes: bytes }),
  };
}
export const cameraSecrets = ({ user, password }: CameraAsked, index: number): Readonly<Record<string, string>> =>
  user === '' || password === '' ? {} : { [`camera-${cameraName(index)}`]: password };

export function plcAnswer({ address, user, password, unencrypted, tags, trial }: PlcAsked) {
  const found = trial?.found;
  const chosen = ROLES.flatMap((role) => {
    const tag = found?.candidates.find(({ node }) => node === tags[role]);
    return tag ? [[role, { node: tag.node, name: tag.name, type: tag.type }] as const] : [];
  });
  const sampling = found?.sampling_ms ?? 0;
  return {
    endpoint: address,
    ...(unencrypted ? { unencrypted: true } : {}),
    ...(found ? { security: found.security } : {}),
    ...(user === '' ? {} : { user, ...(password === '' ? {} : { password: secret('plc') }) }),
    ...(sampling >= 1 && sampling <= 60_000 ? { sampling_ms: sampling } : {}),
    tags: Object.fromEntries(chosen),
  };
}
export const plcSecrets = ({ user, password }: PlcAsked): Readonly<Record<string, string>> =>
  user === '' || password === '' ? {} : { plc: password };

export const brokerAnswer = ({ address, user, password, ca, unencrypted }: BrokerAsked) => ({
  address,
  ...(user === '' ? {} : { user, ...(password === '' ? {} : { password: secret('broker') }) }),
  ...(ca === '' ? {} : { ca }),
  ...(unencrypted ? { unencrypted: true } : {}),
});
export const brokerSecrets = ({ user, password }: BrokerAsked): Readonly<Record<string, string>> =>
  user === '' || password === '' ? {} : { broker: password };

/** All of it, as the box takes it. */
export const answered = () => ({
  line: asking.line,
  station: asking.station,
  cameras: asking.cameras.map(cameraAnswer),
  ...(asking.plc.address === '' ? {} : { plc: plcAnswer(asking.plc) }),
  ...(asking.broker.address === '' ? {} : { broker: brokerAnswer(asking.broker) }),
});
export const secrets = (): Readonly<Record<string, string>> =>
  Object.assign(
    {},
    ...asking.cameras.map(cameraSecrets),
    asking.plc.address === '' ? {} : plcSecrets(asking.plc),
    asking.broker.address === '' ? {} : brokerSecrets(asking.broker),
  );

/** What their names say, of those that are read. */
export function proposed({ found }: PlcTrial): PlcAsked['tags'] {
  return Object.fromEntries(
    ROLES.filter((role) => READ.has(role)).flatMap((role) => (found?.proposals[role] ? [[role, found.proposals[role]]] : [])),
  );
}
