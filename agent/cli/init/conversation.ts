/** `lineside init` at a terminal: asks its way to a first config. What the command line has said already is not asked. */
import { resolve } from 'node:path';
import {
  type Answers,
  type BrokerAnswer,
  type CameraAnswer,
  isWritten,
  type PlcAnswer,
  TAG_ROLES,
  type TagRole,
  type Told,
} from '../../contracts/first-config.ts';
import { LinesideError } from '../../errors.ts';
import type { BrokerTried, CameraTried, FirstConfig, PlcTried } from '../../runtime/first-config/first-config.ts';
import { type Candidate, choicesFor, type Proposals } from '../../runtime/first-config/propose.ts';
import { placeholder, takeApart } from '../../runtime/first-config/secrets-apart.ts';
import {
  cameraName,
  cameraOf,
  DEFAULTS,
  type InitOptions,
  isName,
  isReference,
  type Line,
  lineOf,
  NAME_RULE,
  passwordFlag,
} from './options.ts';
import { askChoice, askFromMany, askSecret, askText, askYes, type Choice, show, tell, warn, whileAsking } from './prompts.ts';
import { asAnswer, samplingOf } from './scripted.ts';

export interface Asked {
  readonly answers: Answers;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Rejects with USAGE where somebody ends it. */
export async function converse(desk: FirstConfig, options: InitOptions): Promise<Asked> {
  const talk = new Conversation(desk, options);
  return talk.hold();
}

const MOST_CAMERAS = 8;
/** What to do about an address that does not answer. */
type Next = 'again' | 'login' | 'keep' | 'without';
const NEXT: Readonly<Record<Next, string>> = {
  again: 'Try again, or another address',
  login: 'Say user and password',
  keep: 'Keep this address: it will answer later',
  without: 'Go on without it',
};

class Conversation {
  private readonly desk: FirstConfig;
  private readonly options: InitOptions;
  private readonly secrets: Record<string, string> = {};

  constructor(desk: FirstConfig, options: InitOptions) {
    this.desk = desk;
    this.options = options;
  }

  async hold(): Promise<Asked> {
    const line = await this.line();
    const station = await this.station();
    const cameras = [...(await this.cameras())];
    const plc = await this.plc();
    const broker = await this.broker();
    return { answers: { line, station, cameras, ...(plc ? { plc } : {}), ...(broker ? { broker } : {}) }, secrets: this.secrets };
  }

  private async line(): Promise<Line> {
    const whyNot = (typed: string) => {
      const line = lineOf(typed);
      return 'why' in line ? line.why : undefined;
    };
    const wish = { initial: DEFAULTS.line, check: whyNot };
    const line = lineOf(this.options.line ?? (await askText('Where does this line stand? enterprise/site/area/line', wish)));
    if ('why' in line) throw new LinesideError('USAGE', { why: `--line: ${line.why}` });
    return line;
  }

  private async station(): Promise<string> {
    const check = (typed: string) => (isName(typed) ? undefined : NAME_RULE);
    const { station = await askText('What is the station called, where parts are judged?', { initial: DEFAULTS.station, check }) } =
      this.options;
    if (!isName(station)) throw new LinesideError('USAGE', { why: `--station: ${NAME_RULE}` });
    return station;
  }

  private async cameras(): Promise<readonly CameraAnswer[]> {
    const { camera: given = [] } = this.options;
    const cameras: CameraAnswer[] = [];
    for (const [index, address] of given.entries()) cameras.push(await this.camera(cameraOf(address, index)));
    if (given.length === 0) cameras.push(await this.camera({ name: cameraName(0), address: '' }));
    while (given.length === 0 && cameras.length < MOST_CAMERAS && (await askYes('Is there another camera at this station?', false)))
      cameras.push(await this.camera({ name: cameraName(cameras.length), address: '' }));
    return cameras;
  }

  /** Until it shows a picture, or is kept as it is. */
  private async camera(first: CameraAnswer): Promise<CameraAnswer> {
    let camera = first;
    for (;;) {
      if (camera.address === '')
        camera = { ...camera, address: await askAddress('What is the address of the camera?', 'rtsp://10.1.3.31/stream1') };
      const tried = await whileAsking(`Asking camera ${camera.name} for a picture`, this.desk.tryCamera(camera, this.secrets), pictureText);
      if (tried.ok) return this.withPackage({ ...camera, picture_bytes: tried.bytes });
      const next = await this.next(tried.told, needsLogin(tried.told) ? ['login', 'again', 'keep'] : ['again', 'keep']);
      if (next === 'keep') return this.withPackage(camera);
      if (next === 'login') camera = { ...camera, address: await this.login(camera.address, `camera-${camera.name}`) };
      else
        camera = {
          ...camera,
          address: await askAddress('What is the address of the camera?', 'rtsp://10.1.3.31/stream1', hidden(camera.address)),
        };
    }
  }

  private async withPackage(camera: CameraAnswer): Promise<CameraAnswer> {
    const installed = await this.desk.packages();
    const { package: wanted } = this.options;
    if (installed.length === 0)
      throw new LinesideError('USAGE', { why: 'no model package for pictures is installed; --models names their folder' });
    if (wanted !== undefined && !installed.some(({ name }) => name === wanted))
      throw new LinesideError('USAGE', { why: `there is no model package ${wanted} for pictures` });
    if (wanted !== undefined) return { ...camera, package: wanted };
    const choices = installed.map(({ name, summary }) => ({ value: name, label: name, hint: summary }));
    const initial = installed.some(({ name }) => name === DEFAULTS.package) ? DEFAULTS.package : (choices[0]?.value ?? '');
    const message = `What shall look at the pictures of ${camera.name}? For a part of your own take the nearest, and teach yours in its place later.`;
    return { ...camera, package: await askChoice(message, choices, initial) };
  }

  /** Into the address goes the name of the secret only. */
  private async login(address: string, name: string): Promise<string> {
    const user = await askText('User', { check: notEmpty });
    const password = await this.secret('Password', name);
    const login = `${encodeURIComponent(user)}:${password}`;
    return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?/i, (_, scheme: string) => `${scheme}${login}@`);
  }

  private async secret(message: string, name: string): Promise<string> {
    const typed = await askSecret(message);
    if (isReference(typed)) return typed;
    this.secrets[name] = typed;
    return placeholder(name);
  }

  private async next(told: Told, choices: readonly Next[]): Promise<Next> {
    warn(`${told.text}\n${told.next}`);
    return askChoice(
      'What now?',
      choices.map((value) => ({ value, label: NEXT[value] })),
    );
  }

  private async plc(): Promise<PlcAnswer | null> {
    const message = 'What is the OPC UA address of the PLC? Leave it empty where there is none.';
    const ask = (initial?: string) =>
      askText(message, { example: 'opc.tcp://10.1.3.20:4840', ...(initial === undefined ? {} : { initial }) });
    const endpoint = this.options.plc ?? (await ask());
    if (endpoint === '') return null;
    let plc: PlcAnswer = { ...this.plcByFlags(), endpoint, tags: {} };
    for (;;) {
      const tried = await whileAsking('Asking the PLC for its tags', this.desk.tryPlc(plc, this.secrets), tagsText);
      if (tried.ok)
        return {
          ...plc,
          security: tried.security,
          ...samplingOf(tried.samplingMs),
          tags: await this.tags(tried.candidates, tried.proposals),
        };
      const settled = await this.settle(plc, tried);
      if (settled === 'again') continue;
      if (settled === 'without') return null;
      if (settled === 'keep') return plc;
      if (settled === 'address') plc = { ...plc, endpoint: await ask(plc.endpoint) };
      else plc = settled;
    }
  }

  private plcByFlags(): Pick<PlcAnswer, 'user' | 'password' | 'unencrypted'> {
    const { plcUser, plcPassword, plcUnencrypted } = this.options;
    const password = passwordFlag('--plc-password', plcPassword);
    return {
      ...(plcUser === undefined ? {} : { user: plcUser }),
      ...(password === undefined ? {} : { password }),
      ...(plcUnencrypted ? { unencrypted: true } : {}),
    };
  }

  /** What a person has to say of a PLC that did not let us in. */
  private async settle(
    plc: PlcAnswer,
    tried: PlcTried & { readonly ok: false },
  ): Promise<PlcAnswer | 'again' | 'address' | 'keep' | 'without'> {
    const { told, untrusted, weaker } = tried;
    if (untrusted) {
      show('The certificate of the PLC', `${inFours(untrusted.fingerprint)}\n${untrusted.subject}`);
      if (await askYes('Is this the SHA-256 fingerprint that the PLC, or its engineering tool, shows? Trust it from now on?', false)) {
        await this.desk.trust(untrusted.fingerprint);
        return 'again';
      }
    }
    if (weaker) {
      warn(told.text);
      if (await askYes('Is that network yours alone, and shall it go unencrypted?', false)) return { ...plc, unencrypted: true };
    }
    const next = await this.next(
      told,
      told.code === 'OPCUA_USER' ? ['login', 'again', 'keep', 'without'] : ['again', 'login', 'keep', 'without'],
    );
    if (next === 'login') {
      const user = await askText('User at the PLC', { check: notEmpty, ...(plc.user === undefined ? {} : { initial: plc.user }) });
      return { ...plc, user, password: await this.secret('Password at the PLC', 'plc') };
    }
    return next === 'again' ? 'address' : next;
  }

  /** Proposed by name and type, and asked each time: nobody else knows what a PLC program means by its names. */
  private async tags(candidates: readonly Candidate[], proposals: Proposals): Promise<PlcAnswer['tags']> {
    if (candidates.length === 0) {
      warn('The PLC shows no variables to this user. Every picture will start an inspection until the config names a tag.');
      return {};
    }
    const tags: Partial<Record<TagRole, ReturnType<typeof asAnswer>>> = {};
    for (const role of TAG_ROLES) {
      // Without a verdict there is no part that it is about.
      if (role === 'verdict_part' && !tags.verdict) continue;
      const taken = Object.values(tags).map(({ node }) => node);
      const free = choicesFor(role, candidates).filter(({ node }) => !taken.includes(node));
      if (free.length === 0) continue;
      const chosen = await this.tag(role, free, proposals[role]);
      if (chosen) tags[role] = asAnswer(chosen);
    }
    return tags;
  }

  private async tag(role: TagRole, free: readonly Candidate[], proposed: Candidate | undefined): Promise<Candidate | undefined> {
    const isFree = proposed && free.includes(proposed);
    const rest = free.filter((candidate) => candidate !== proposed);
    // What is written is never a touch of Enter away unless somebody has looked at its name.
    const choices: Choice<string>[] = [
      ...(isFree ? [choiceOf(proposed)] : []),
      { value: NONE, label: 'none', hint: NONE_MEANS[role] },
      ...rest.map(choiceOf),
    ];
    const chosen = await askFromMany(QUESTION[role], choices, isFree && !isWritten(role) ? proposed.node : NONE);
    return free.find(({ node }) => node === chosen);
  }

  private async broker(): Promise<BrokerAnswer | null> {
    const message = 'What is the address of the MQTT broker? Leave it empty where nothing shall be published.';
    const ask = (initial?: string) =>
      askText(message, { example: 'mqtts://broker.plant:8883', ...(initial === undefined ? {} : { initial }) });
    const address = this.options.broker ?? (await ask());
    if (address === '') return null;
    let broker: BrokerAnswer = { ...this.brokerByFlags(), address: this.apart(address, 'broker') };
    for (;;) {
      const tried = await whileAsking('Asking the broker', this.desk.tryBroker(broker, this.secrets), brokerText);
      if (tried.ok) return broker;
      const settled = await this.settleBroker(broker, tried);
      if (settled === 'without') return null;
      if (settled === 'keep') return broker;
      if (settled === 'address') broker = { ...broker, address: this.apart(await ask(hidden(broker.address)), 'broker') };
      else broker = settled;
    }
  }

  private brokerByFlags(): Omit<BrokerAnswer, 'address'> {
    const { brokerUser, brokerPassword, brokerCa, brokerUnencrypted } = this.options;
    const password = passwordFlag('--broker-password', brokerPassword);
    return {
      ...(brokerUser === undefined ? {} : { user: brokerUser }),
      ...(password === undefined ? {} : { password }),
      ...(brokerCa === undefined ? {} : { ca: brokerCa }),
      ...(brokerUnencrypted ? { unencrypted: true } : {}),
    };
  }

  private async settleBroker(
    broker: BrokerAnswer,
    tried: BrokerTried & { readonly ok: false },
  ): Promise<BrokerAnswer | 'address' | 'keep' | 'without'> {
    const { told, unencrypted } = tried;
    if (unencrypted) {
      warn(told.text);
      if (await askYes('Is that network yours alone, and shall it go unencrypted?', false)) return { ...broker, unencrypted: true };
    }
    if (told.code === 'MQTT_UNTRUSTED') {
      warn(told.text);
      const ca = await askText('Which PEM file has the authority that signed it? Leave it empty to go on without.');
      if (ca !== '') return { ...broker, ca };
    }
    const next = await this.next(
      told,
      told.code === 'MQTT_REFUSED' ? ['login', 'again', 'keep', 'without'] : ['again', 'login', 'keep', 'without'],
    );
    if (next === 'login') {
      const user = await askText('User at the broker', { check: notEmpty, ...(broker.user === undefined ? {} : { initial: broker.user }) });
      return { ...broker, user, password: await this.secret('Password at the broker', 'broker') };
    }
    return next === 'again' ? 'address' : next;
  }

  private apart(address: string, name: string): string {
    const apart = takeApart(address, name);
    Object.assign(this.secrets, apart.secrets);
    return apart.address;
  }
}

const NONE = '';
const QUESTION: Readonly<Record<TagRole, string>> = {
  trigger: 'Which tag says that a part is there, and starts an inspection?',
  part: 'Which tag has the serial or the id of the part?',
  counter: 'Which tag counts the parts?',
  verdict: 'Into which tag shall the agent write the verdict? 1 is ok, 2 nok, 3 review.',
  verdict_part: 'Into which tag shall it write the id of the part that the verdict is about?',
};
const NONE_MEANS: Readonly<Record<TagRole, string>> = {
  trigger: 'every picture starts an inspection',
  part: 'the station counts',
  counter: 'nobody tells when a part passed unseen',
  verdict: 'the PLC is told nothing',
  verdict_part: 'the verdict alone',
};

const choiceOf = ({ node, name, type, path, value }: Candidate): Choice<string> => ({
  value: node,
  label: `${name}  ${type}${value === '' ? '' : ` = ${value}`}`,
  hint: path,
});

const notEmpty = (typed: string) => (typed === '' ? 'Nothing was typed.' : undefined);
const askAddress = (message: string, example: string, initial = '') => askText(message, { example, initial, check: notEmpty });
/** An address that is offered again is shown: what is secret in it has to be typed anew. */
const hidden = (address: string): string =>
  takeApart(address, 'x')
    .address.replace(/:\$\{secret:[^}]*\}@/, '@')
    .replace(/\$\{secret:[^}]*\}/g, '');
const needsLogin = ({ text }: Told): boolean => /\b401\b/.test(text);
/** 64 digits are compared in pieces. */
const inFours = (fingerprint: string): string =>
  (fingerprint.match(/.{1,32}/g) ?? []).map((half) => (half.match(/.{1,4}/g) ?? []).join(' ')).join('\n');

const pictureText = (tried: CameraTried) => ({
  ok: tried.ok,
  text: tried.ok ? `A picture came: ${tried.width} x ${tried.height} ${tried.format}` : 'No picture',
});
const tagsText = (tried: PlcTried) => ({
  ok: tried.ok,
  text: tried.ok ? `It shows ${tried.candidates.length} variables; security ${tried.security.mode} ${tried.security.policy}` : 'Not yet',
});
const brokerText = (tried: BrokerTried) => ({ ok: tried.ok, text: tried.ok ? tried.said : 'Not yet' });

/** Before the last step: what is written where. */
export async function confirmed(file: string, secrets: Asked['secrets'], store: string): Promise<boolean> {
  const kept = Object.keys(secrets).length > 0 ? ` Passwords go to ${resolve(store, 'secrets')}, for this user alone.` : '';
  tell(`Everything is asked.${kept}`);
  return askYes(`Write ${file}?`, true);
}
