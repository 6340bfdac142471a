/** `lineside init --yes`: everything by flags, so that an integrator scripts it. What does not answer is told, and written all the same. */
import type { Answers, BrokerAnswer, CameraAnswer, PlcAnswer, TagAnswer, TagRole, Told } from '../../contracts/first-config.ts';
import { isWritten, TAG_ROLES } from '../../contracts/first-config.ts';
import { LinesideError } from '../../errors.ts';
import type { FirstConfig, PlcTried } from '../../runtime/first-config/first-config.ts';
import type { Candidate, Proposals } from '../../runtime/first-config/propose.ts';
import {
  cameraOf,
  DEFAULTS,
  type InitOptions,
  isName,
  lineOf,
  NAME_RULE,
  NO_SECRETS,
  nodeFlags,
  passwordFlag,
  type TriedLine,
} from './options.ts';

export interface Scripted {
  readonly answers: Answers;
  readonly tried: readonly TriedLine[];
  readonly proposals: Readonly<Partial<Record<TagRole, string>>>;
}

/** Rejects with USAGE. */
export async function scripted(desk: FirstConfig, options: InitOptions): Promise<Scripted> {
  const line = lineOf(options.line ?? DEFAULTS.line);
  if ('why' in line) throw new LinesideError('USAGE', { why: `--line: ${line.why}` });
  const { station = DEFAULTS.station } = options;
  if (!isName(station)) throw new LinesideError('USAGE', { why: `--station: ${NAME_RULE}` });
  const cameras = await camerasOf(desk, options);
  const broker = brokerOf(options);
  const [seen, plc, said] = await Promise.all([
    Promise.all(cameras.map((camera) => tryCamera(desk, camera))),
    options.plc === undefined ? null : tryPlc(desk, plcOf(options), options),
    broker ? tryBroker(desk, broker) : null,
  ]);
  const answers = {
    line,
    station,
    cameras: seen.map(({ camera }) => camera),
    ...(plc ? { plc: plc.answer } : {}),
    ...(broker ? { broker } : {}),
  };
  const proposals = Object.fromEntries(Object.entries(plc?.proposals ?? {}).map(([role, { node }]) => [role, node]));
  return { answers, proposals, tried: [...seen.map(({ tried }) => tried), ...(plc ? [plc.tried] : []), ...(said ? [said] : [])] };
}

const refused = (what: string, { code, text, next }: Told): TriedLine => ({ what, ok: false, detail: text, code, next });

async function camerasOf(desk: FirstConfig, options: InitOptions): Promise<readonly CameraAnswer[]> {
  const { camera: addresses = [] } = options;
  if (addresses.length === 0) throw new LinesideError('USAGE', { why: 'no camera is named, whose pictures would be judged; say --camera' });
  const cameras = addresses.map(cameraOf);
  if (new Set(cameras.map(({ name }) => name)).size < cameras.length)
    throw new LinesideError('USAGE', { why: 'two cameras have the same name' });
  const installed = (await desk.packages()).map(({ name }) => name);
  const wanted = options.package ?? DEFAULTS.package;
  if (!installed.includes(wanted))
    throw new LinesideError('USAGE', {
      why: `there is no model package ${wanted} for pictures; there are ${installed.join(', ') || 'none'}`,
    });
  return cameras.map((camera) => ({ ...camera, package: wanted }));
}

async function tryCamera(desk: FirstConfig, camera: CameraAnswer) {
  const what = `camera ${camera.name}`;
  const tried = await desk.tryCamera(camera, NO_SECRETS);
  if (!tried.ok) return { camera, tried: refused(what, tried.told) };
  const { width, height, format, bytes } = tried;
  return { camera: { ...camera, picture_bytes: bytes }, tried: { what, ok: true, detail: `${width} x ${height} ${format}` } };
}

function plcOf(options: InitOptions): PlcAnswer {
  const password = passwordFlag('--plc-password', options.plcPassword);
  return {
    endpoint: options.plc ?? '',
    tags: {},
    ...(options.plcUnencrypted ? { unencrypted: true } : {}),
    ...(options.plcUser === undefined ? {} : { user: options.plcUser }),
    ...(password === undefined ? {} : { password }),
  };
}

interface PlcScripted {
  readonly answer: PlcAnswer;
  readonly proposals: Proposals;
  readonly tried: TriedLine;
}

/** Trusts the certificate that --trust names, and no other. */
async function tryPlc(desk: FirstConfig, plc: PlcAnswer, options: InitOptions): Promise<PlcScripted> {
  const what = 'opcua plc';
  let tried = await desk.tryPlc(plc, NO_SECRETS);
  if (!tried.ok && tried.untrusted && same(tried.untrusted.fingerprint, options.trust)) {
    await desk.trust(tried.untrusted.fingerprint);
    tried = await desk.tryPlc(plc, NO_SECRETS);
  }
  const tags = tagsOf(tried, options);
  if (!tried.ok) return { answer: { ...plc, tags }, proposals: {}, tried: refused(what, tried.told) };
  const { security, candidates, proposals, samplingMs } = tried;
  const detail = `${candidates.length} variables, security ${security.mode} ${security.policy}`;
  return { answer: { ...plc, security, ...samplingOf(samplingMs), tags }, proposals, tried: { what, ok: true, detail } };
}

export const samplingOf = (ms: number | null) => (ms === null || ms < 1 || ms > 60_000 ? {} : { sampling_ms: ms });

const same = (fingerprint: string, given: string | undefined): boolean =>
  given !== undefined && given.replaceAll(/[:\s]/g, '').toLowerCase() === fingerprint;

/** Proposals stand for what is read; what is written into a PLC is named by a person. */
function tagsOf(tried: PlcTried, options: InitOptions): PlcAnswer['tags'] {
  const { candidates, proposals } = tried.ok ? tried : { candidates: [], proposals: {} as Proposals };
  const named = nodeFlags(options);
  const known = (node: string): Candidate | undefined => candidates.find((candidate) => candidate.node === node);
  const answerFor = (role: TagRole): TagAnswer | undefined => {
    const node = named[role];
    if (node !== undefined) return asAnswer(known(node) ?? { node, name: role, type: '' });
    const proposed = isWritten(role) ? undefined : proposals[role];
    return proposed && !Object.values(named).includes(proposed.node) ? asAnswer(proposed) : undefined;
  };
  return Object.fromEntries(TAG_ROLES.flatMap((role) => [[role, answerFor(role)] as const]).filter(([, tag]) => tag !== undefined));
}

export const asAnswer = ({ node, name, type }: TagAnswer): TagAnswer => ({ node, name, type });

function brokerOf(options: InitOptions): BrokerAnswer | null {
  if (options.broker === undefined) return null;
  const password = passwordFlag('--broker-password', options.brokerPassword);
  return {
    address: options.broker,
    ...(options.brokerUser === undefined ? {} : { user: options.brokerUser }),
    ...(password === undefined ? {} : { password }),
    ...(options.brokerCa === undefined ? {} : { ca: options.brokerCa }),
    ...(options.brokerUnencrypted ? { unencrypted: true } : {}),
  };
}

async function tryBroker(desk: FirstConfig, broker: BrokerAnswer): Promise<TriedLine> {
  const tried = await desk.tryBroker(broker, NO_SECRETS);
  return tried.ok ? { what: 'mqtt', ok: true, detail: tried.said } : refused('mqtt', tried.told);
}
