/** `lineside init --yes`: everything by flags, so that an integrator scripts it. What does not answer is told, and written all the same. */
import { dirname, resolve } from 'node:path';
import type { Answers, BrokerAnswer, CameraAnswer, PlcAnswer, PlcTried, Proposals, TagRole, Told } from '../../contracts/first-config.ts';
import { isWritten } from '../../contracts/first-config.ts';
import { LinesideError } from '../../errors.ts';
import { type FirstConfig, inTheClear } from '../../runtime/first-config/first-config.ts';
import {
  asAnswer,
  brokerByFlags,
  CUT,
  camerasOf,
  DEFAULTS,
  type InitOptions,
  isTrusted,
  mustBeRight,
  NO_SECRETS,
  packagesFor,
  placeOf,
  plcByFlags,
  samplingOf,
  type TriedLine,
  tagsByFlags,
} from './options.ts';

export interface Scripted {
  readonly answers: Answers;
  readonly tried: readonly TriedLine[];
  readonly proposals: Readonly<Partial<Record<TagRole, string>>>;
}

/** Rejects with USAGE. */
export async function scripted(desk: FirstConfig, options: InitOptions): Promise<Scripted> {
  const { line, station } = placeOf(options);
  const cameras = await lookingAt(desk, options);
  noIdleFlags(options);
  const asked = options.plc === undefined ? null : plcByFlags(options);
  const broker = options.broker === undefined ? null : brokerByFlags(options, dirname(resolve(options.out)));
  if (broker && !broker.unencrypted && inTheClear(broker.address) !== null)
    throw new LinesideError('USAGE', { why: '--broker is another box, and not encrypted; write mqtts://, or say --broker-unencrypted' });
  const named = {
    line,
    station,
    cameras,
    ...(asked ? { plc: { ...asked, tags: tagsByFlags(options) } } : {}),
    ...(broker ? { broker } : {}),
  };
  await mustBeRight(desk, named);
  if (desk.secretFiles(named).length > 0) await desk.canKeep();
  const [seen, plc, said] = await Promise.all([
    Promise.all(cameras.map((camera) => tryCamera(desk, camera))),
    asked && tryPlc(desk, asked, options),
    broker && tryBroker(desk, broker),
  ]);
  const answers = { ...named, cameras: seen.map(({ camera }) => camera), ...(plc ? { plc: plc.answer } : {}) };
  const proposals = Object.fromEntries(Object.entries(plc?.proposals ?? {}).map(([role, { node }]) => [role, node]));
  return { answers, proposals, tried: [...seen.map(({ tried }) => tried), ...(plc ? [plc.tried] : []), ...(said ? [said] : [])] };
}

/** Nobody would miss what a flag says about an address that no flag names. */
function noIdleFlags(options: InitOptions): void {
  const { plc, plcUser, plcPassword, plcUnencrypted, trust, broker, brokerUser, brokerPassword, brokerCa, brokerUnencrypted } = options;
  const aboutPlc = [plcUser, plcPassword, plcUnencrypted, trust, ...Object.values(tagsByFlags(options))];
  if (plc === undefined && aboutPlc.some((flag) => flag !== undefined))
    throw new LinesideError('USAGE', { why: 'flags speak of the PLC, and none names its address; say --plc' });
  const aboutBroker = [brokerUser, brokerPassword, brokerCa, brokerUnencrypted];
  if (broker === undefined && aboutBroker.some((flag) => flag !== undefined))
    throw new LinesideError('USAGE', { why: 'flags speak of the broker, and none names its address; say --broker' });
}

async function lookingAt(desk: FirstConfig, options: InitOptions): Promise<readonly CameraAnswer[]> {
  const cameras = camerasOf(options);
  if (cameras.length === 0) throw new LinesideError('USAGE', { why: 'no camera is named, whose pictures would be judged; say --camera' });
  const wanted = options.package ?? DEFAULTS.package;
  await packagesFor(desk, { ...options, package: wanted });
  return cameras.map((camera) => ({ ...camera, package: wanted }));
}

const refused = (what: string, { code, text, next }: Told): TriedLine => ({ what, ok: false, detail: text, code, next });

async function tryCamera(desk: FirstConfig, camera: CameraAnswer) {
  const what = `camera ${camera.name}`;
  const tried = await desk.tryCamera(camera, NO_SECRETS);
  if (!tried.ok) return { camera, tried: refused(what, tried.told) };
  const { width, height, format, bytes } = tried;
  return { camera: { ...camera, picture_bytes: bytes }, tried: { what, ok: true, detail: `${width} x ${height} ${format}` } };
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
  if (!tried.ok && tried.untrusted && isTrusted(tried.untrusted.fingerprint, options)) {
    await desk.trust(tried.untrusted.fingerprint);
    tried = await desk.tryPlc(plc, NO_SECRETS);
  }
  const tags = tagsOf(tried, options);
  if (!tried.ok) return { answer: { ...plc, tags }, proposals: {}, tried: refused(what, tried.told) };
  const { security, candidates, cut, proposals, samplingMs } = tried;
  const detail = `${candidates.length} variables, security ${security.mode} ${security.policy}${cut ? `. ${CUT}` : ''}`;
  return { answer: { ...plc, security, ...samplingOf(samplingMs), tags }, proposals, tried: { what, ok: true, detail } };
}

/** Proposals stand for what is read; what is written into a PLC is named by a person. */
function tagsOf(tried: PlcTried, options: InitOptions): PlcAnswer['tags'] {
  const { candidates, proposals } = tried.ok ? tried : { candidates: [], proposals: {} as Proposals };
  const named = tagsByFlags(options, candidates);
  const taken = Object.values(named).map(({ node }) => node);
  const proposed = Object.entries(proposals).filter(([role, { node }]) => !isWritten(role as TagRole) && !taken.includes(node));
  return { ...Object.fromEntries(proposed.map(([role, tag]) => [role, asAnswer(tag)])), ...named };
}

async function tryBroker(desk: FirstConfig, broker: BrokerAnswer): Promise<TriedLine> {
  const tried = await desk.tryBroker(broker, NO_SECRETS);
  return tried.ok ? { what: 'mqtt', ok: true, detail: tried.said } : refused('mqtt', tried.told);
}
