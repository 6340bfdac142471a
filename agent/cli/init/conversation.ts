/** `lineside init` at a terminal: asks its way to a first config. What the command line has said already is not asked. */
import { dirname, resolve } from 'node:path';
import {
  type Answers,
  type BrokerAnswer,
  type BrokerTried,
  type CameraAnswer,
  type CameraTried,
  type Candidate,
  type InstalledPackage,
  isWritten,
  type PlcAnswer,
  type PlcTried,
  TAG_ROLES,
  type TagAnswer,
  type TagRole,
  type Told,
} from '../../contracts/first-config.ts';
import { LinesideError } from '../../errors.ts';
import type { FirstConfig } from '../../runtime/first-config/first-config.ts';
import { choicesFor } from '../../runtime/first-config/propose.ts';
import { holdsLogin, placeholder, takeApart } from '../../runtime/first-config/secrets-apart.ts';
import {
  asAnswer,
  brokerByFlags,
  CUT,
  cameraName,
  camerasOf,
  DEFAULTS,
  type InitOptions,
  isName,
  isReference,
  isTrusted,
  type Line,
  lineOf,
  mustBeRight,
  NAME_RULE,
  NO_LOGIN,
  packagesFor,
  pathInFile,
  placeOf,
  plcByFlags,
  samplingOf,
  tagsByFlags,
} from './options.ts';
import { askChoice, askFromMany, askSecret, askText, askYes, type Choice, show, tell, warn, whileAsking } from './prompts.ts';

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

/** Stand for what is still to be asked, while the flags are looked at. */
const NOT_YET = { plc: 'opc.tcp://localhost:4840', broker: 'mqtts://localhost:8883' } as const;
type Refused = { readonly ok: false; readonly told: Told; readonly wrong?: true };

class Conversation {
  private readonly desk: FirstConfig;
  private readonly options: InitOptions;
  private readonly base: string;
  private readonly secrets: Record<string, string> = {};
  private packages: readonly InstalledPackage[] = [];

  constructor(desk: FirstConfig, options: InitOptions) {
    this.desk = desk;
    this.options = options;
    this.base = dirname(resolve(options.out));
  }

  async hold(): Promise<Asked> {
    await this.mustBeRight();
    const line = await this.line();
    const station = await this.station();
    const cameras = await this.cameras();
    const plc = await this.plc();
    const broker = await this.broker();
    return { answers: { line, station, cameras, ...(plc ? { plc } : {}), ...(broker ? { broker } : {}) }, secrets: this.secrets };
  }

  /** What the flags say, before the first question: nobody answers ten of them to learn that a flag was wrong. Rejects with USAGE. */
  private async mustBeRight(): Promise<void> {
    const { line, station } = placeOf(this.options);
    this.packages = await packagesFor(this.desk, this.options);
    const plc = plcByFlags(this.options);
    const broker = brokerByFlags(this.options, this.base);
    // It will be asked for.
    const password = plc.user !== undefined && plc.password === undefined ? { password: placeholder('plc') } : {};
    const named = {
      line,
      station,
      cameras: camerasOf(this.options),
      plc: { ...plc, ...password, endpoint: plc.endpoint || NOT_YET.plc, tags: tagsByFlags(this.options) },
      // Whether it may go unencrypted is asked.
      broker: { ...broker, address: broker.address || NOT_YET.broker, unencrypted: true },
    };
    await mustBeRight(this.desk, named);
    if (this.desk.secretFiles(named).length > 0) await this.desk.canKeep();
  }

  private async line(): Promise<Line> {
    const whyNot = (typed: string) => {
      const line = lineOf(typed);
      return 'why' in line ? line.why : undefined;
    };
    const wish = { initial: DEFAULTS.line, check: whyNot };
    const line = lineOf(this.options.line ?? (await askText('Where does this line stand? enterprise/site/area/line', wish)));
    if ('why' in line) throw new LinesideError('USAGE', { why: line.why });
    return line;
  }

  private async station(): Promise<string> {
    const check = (typed: string) => (isName(typed) ? undefined : NAME_RULE);
    return this.options.station ?? askText('What is the station called, where parts are judged?', { initial: DEFAULTS.station, check });
  }

  private async cameras(): Promise<readonly CameraAnswer[]> {
    const given = camerasOf(this.options);
    const cameras: CameraAnswer[] = [];
    for (const camera of given) cameras.push(await this.camera({ ...camera, address: await this.apart(camera.address, keyOf(camera)) }));
    if (given.length > 0) return cameras;
    do cameras.push(await this.camera({ name: cameraName(cameras.length), address: '' }));
    while (cameras.length < MOST_CAMERAS && (await askYes('Is there another camera at this station?', false)));
    return cameras;
  }

  /** Until it shows a picture, or is kept as it is. */
  private async camera(first: CameraAnswer): Promise<CameraAnswer> {
    const ask = async (initial: string) =>
      this.apart(await askAddress('What is the address of the camera?', 'rtsp://10.1.3.31/stream1', initial), keyOf(first));
    let camera = first.address === '' ? { ...first, address: await ask('') } : first;
    for (;;) {
      const tried = await whileAsking(`Asking camera ${camera.name} for a picture`, this.desk.tryCamera(camera, this.secrets), pictureText);
      if (tried.ok) return this.withPackage({ ...camera, picture_bytes: tried.bytes });
      const next = await this.next(tried, needsLogin(tried.told) ? ['login', 'again', 'keep'] : ['again', 'keep']);
      if (next === 'keep') return this.withPackage(camera);
      const address = next === 'login' ? await this.login(camera.address, keyOf(camera)) : await ask(hidden(camera.address));
      camera = { ...camera, address };
    }
  }

  private async withPackage(camera: CameraAnswer): Promise<CameraAnswer> {
    const { package: wanted } = this.options;
    if (wanted !== undefined) return { ...camera, package: wanted };
    const choices = this.packages.map(({ name, summary }) => ({ value: name, label: name, hint: summary }));
    const initial = this.packages.some(({ name }) => name === DEFAULTS.package) ? DEFAULTS.package : (choices[0]?.value ?? '');
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
    await this.desk.canKeep();
    const typed = await askSecret(message);
    if (isReference(typed)) return typed;
    this.secrets[name] = typed;
    return placeholder(name);
  }

  /** What the agent would refuse is not kept. */
  private async next({ told, wrong }: Refused, wished: readonly Next[]): Promise<Next> {
    warn(`${told.text}\n${told.next}`);
    const choices = wished.filter((value) => value !== 'keep' || !wrong);
    const [only] = choices;
    if (only !== undefined && choices.length === 1) return only;
    return askChoice(
      'What now?',
      choices.map((value) => ({ value, label: NEXT[value] })),
    );
  }

  private async plc(): Promise<PlcAnswer | null> {
    const message = 'What is the OPC UA address of the PLC? Leave it empty where there is none.';
    const check = (typed: string) => (holdsLogin(typed) ? `It ${NO_LOGIN}. Leave it out: both are asked for.` : undefined);
    const ask = (initial?: string) =>
      askText(message, { check, example: 'opc.tcp://10.1.3.20:4840', ...(initial === undefined ? {} : { initial }) });
    let plc = await this.plcByFlags(ask);
    while (plc.endpoint !== '') {
      const tried = await whileAsking('Asking the PLC for its tags', this.desk.tryPlc(plc, this.secrets), tagsText);
      if (tried.ok) return { ...plc, security: tried.security, ...samplingOf(tried.samplingMs), tags: await this.tags(tried) };
      const settled = await this.settle(plc, tried);
      if (settled === 'again') continue;
      if (settled === 'without') return null;
      if (settled === 'keep') return plc;
      plc = settled === 'address' ? { ...plc, endpoint: await ask(plc.endpoint) } : settled;
    }
    return null;
  }

  /** What the flags leave open is asked: the address, and the password of a user whom they name. */
  private async plcByFlags(ask: () => Promise<string>): Promise<PlcAnswer> {
    const flags = plcByFlags(this.options);
    const plc = { ...flags, endpoint: flags.endpoint || (await ask()), tags: tagsByFlags(this.options) };
    if (plc.endpoint === '' || plc.user === undefined || plc.password !== undefined) return plc;
    return { ...plc, password: await this.secret(`Password of ${plc.user} at the PLC`, 'plc') };
  }

  /** What a person has to say of a PLC that did not let us in. */
  private async settle(plc: PlcAnswer, tried: PlcTried & Refused): Promise<PlcAnswer | 'again' | 'address' | 'keep' | 'without'> {
    const { told, untrusted, weaker } = tried;
    if (untrusted && isTrusted(untrusted.fingerprint, this.options)) {
      await this.desk.trust(untrusted.fingerprint);
      return 'again';
    }
    if (untrusted) {
      if (this.options.trust !== undefined) warn('It shows another certificate than the one that --trust names.');
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
      tried,
      told.code === 'OPCUA_USER' ? ['login', 'again', 'keep', 'without'] : ['again', 'login', 'keep', 'without'],
    );
    if (next === 'login') {
      const user = await askText('User at the PLC', { check: notEmpty, ...(plc.user === undefined ? {} : { initial: plc.user }) });
      return { ...plc, user, password: await this.secret('Password at the PLC', 'plc') };
    }
    return next === 'again' ? 'address' : next;
  }

  /** Proposed by name and type, and asked each time: nobody else knows what a PLC program means by its names. */
  private async tags({ candidates, proposals, cut }: PlcTried & { readonly ok: true }): Promise<PlcAnswer['tags']> {
    if (cut) warn(`${CUT}.`);
    if (candidates.length === 0)
      warn('The PLC shows no variables to this user. Every picture will start an inspection until the config names a tag.');
    const named = tagsByFlags(this.options, candidates);
    const tags: Partial<Record<TagRole, TagAnswer>> = { ...named };
    for (const role of TAG_ROLES) {
      // Without a verdict there is no part that it is about.
      if (named[role] || (role === 'verdict_part' && !tags.verdict)) continue;
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
    const flags = brokerByFlags(this.options, this.base);
    const typed = async (initial?: string) => this.apart(await ask(initial), BROKER_ADDRESS);
    let broker: BrokerAnswer = { ...flags, address: flags.address ? await this.apart(flags.address, BROKER_ADDRESS) : await typed() };
    if (broker.address === '') return null;
    if (broker.user !== undefined && broker.password === undefined)
      broker = { ...broker, password: await this.secret(`Password of ${broker.user} at the broker`, 'broker') };
    for (;;) {
      const tried = await whileAsking('Asking the broker', this.desk.tryBroker(broker, this.secrets), brokerText);
      if (tried.ok) return broker;
      const settled = await this.settleBroker(broker, tried);
      if (settled === 'without') return null;
      if (settled === 'keep') return broker;
      broker = settled === 'address' ? { ...broker, address: await typed(hidden(broker.address)) } : settled;
      if (broker.address === '') return null;
    }
  }

  private async settleBroker(broker: BrokerAnswer, tried: BrokerTried & Refused): Promise<BrokerAnswer | 'address' | 'keep' | 'without'> {
    const { told, unencrypted } = tried;
    if (unencrypted) {
      warn(told.text);
      if (await askYes('Is that network yours alone, and shall it go unencrypted?', false)) return { ...broker, unencrypted: true };
    }
    if (told.code === 'MQTT_UNTRUSTED') {
      warn(told.text);
      const ca = await askText('Which PEM file has the authority that signed it? Leave it empty to go on without.');
      if (ca !== '') return { ...broker, ca: pathInFile(ca, this.base) };
    }
    const next = await this.next(
      tried,
      told.code === 'MQTT_REFUSED' ? ['login', 'again', 'keep', 'without'] : ['again', 'login', 'keep', 'without'],
    );
    if (next === 'login') {
      const user = await askText('User at the broker', { check: notEmpty, ...(broker.user === undefined ? {} : { initial: broker.user }) });
      // One login: that of the address has been refused.
      const address = broker.address.replace(/^([a-z]+:\/\/)[^/?#]*@/i, (_, scheme: string) => scheme);
      return { ...broker, address, user, password: await this.secret('Password at the broker', 'broker') };
    }
    return next === 'again' ? 'address' : next;
  }

  /** The address with the name of its password in place of the password, which is kept apart. */
  private async apart(address: string, name: string): Promise<string> {
    const apart = takeApart(address, name);
    if (Object.keys(apart.secrets).length > 0) await this.desk.canKeep();
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
const keyOf = ({ name }: CameraAnswer): string => `camera-${name}`;
/** As allApart() calls it. */
const BROKER_ADDRESS = 'broker';
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

/** Before the last step: what is written where. `secrets`: their files. */
export async function confirmed(file: string, secrets: readonly string[]): Promise<boolean> {
  const kept = secrets.map((secret) => `\nA password goes to ${secret}, for this user alone.`);
  tell(`Everything is asked.${kept.join('')}`);
  return askYes(`Write ${file}?`, true);
}
