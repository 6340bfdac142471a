/**
 * The web server over changes of the config: started when the line already runs, started anew where `web` changes, and started as soon as a
 * password is set where one was missing.
 */
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { AccessBook, Log, RecordedRules, Records } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { openAccess } from '../store/access.ts';
import { hasAccessFile } from '../store/access-file.ts';
import { Archives } from '../store/data-set/archive.ts';
import { openRecords } from '../store/records.ts';
import { type Clock, Days, type Milliseconds, Seconds } from '../time.ts';
import type { ChangesPort, ConfigPort, LivePort, PageAct, PagePorts, WebServer, WebSource } from '../web/server.ts';
import type { TeachingPort } from '../web/teaching-port.ts';
import { type Judging, ReplayDesk } from './replay.ts';
import { WhatIfDesk } from './what-if.ts';

export interface WebDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The store's, absolute. */
  readonly folder: string;
  readonly source: WebSource;
  readonly live: LivePort;
  readonly changes: ChangesPort;
  readonly config: ConfigPort | null;
  readonly teaching: TeachingPort;
  /** What judges there under the config of that hash; null where another one runs. */
  readonly rules: (station: string, config: string) => RecordedRules | null;
  readonly judging: () => Judging;
  readonly promises: PagePorts['promises'];
  readonly hours: PagePorts['hours'];
  readonly shifts: PagePorts['shifts'];
  readonly containment: PagePorts['containment'];
  readonly studies: PagePorts['studies'];
  readonly planning: PagePorts['planning'];
  readonly routes: PagePorts['routes'];
  readonly material: PagePorts['material'];
  readonly tools: PagePorts['tools'];
  readonly charts: PagePorts['charts'];
  readonly audit: (act: PageAct) => void;
  /** Null when it is served, or shall not be. */
  readonly onFault: (fault: LinesideError | null) => void;
}

/** Another process sets the password. */
const LOOK_FOR_PASSWORD: Milliseconds = Seconds(3);

export class WebDesk {
  private readonly options: WebDeskOptions;
  private readonly access: AccessBook;
  /** The journal; nothing is opened before it is asked. */
  readonly records: Records;
  private readonly archives: Archives;
  private readonly whatIf: WhatIfDesk;
  private readonly replay: ReplayDesk;
  private server: WebServer | null = null;
  private cancel = () => {};
  private stopped = false;
  /** One change after the other. */
  private turn: Promise<void> = Promise.resolve();

  constructor(options: WebDeskOptions) {
    this.options = options;
    this.access = openAccess(options.folder, options.clock);
    this.records = openRecords(options.folder, options.clock);
    this.archives = new Archives(options.folder, options.clock);
    this.whatIf = new WhatIfDesk({ clock: options.clock, records: this.records, running: options.rules });
    this.replay = new ReplayDesk({ clock: options.clock, records: this.records, judging: options.judging });
  }

  /** Whole days until the certificate of the page ends; empty where there is none. */
  certificateDaysLeft(): Readonly<Record<string, number>> {
    const ends = this.server?.certificateEnds ?? null;
    return ends === null ? {} : { web: Math.floor((ends - this.options.clock.now()) / Days(1)) };
  }

  /** Under this config from now on. */
  start(config: Config['web']): Promise<void> {
    this.turn = this.turn.catch(() => {}).then(() => this.change(config));
    return this.turn;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel();
    await this.turn;
    this.archives.close();
    await this.server?.stop();
    await Promise.all([this.access.close(), this.records.close(), this.whatIf.close()]);
  }

  private async change(config: Config['web']): Promise<void> {
    this.cancel();
    await this.server?.stop();
    this.server = null;
    if (this.stopped) return;
    const { source, log, onFault } = this.options;
    if (config.listen === 'off') return onFault(null);
    try {
      // Loaded when the line already runs: nobody waits for a web server to judge a part.
      const { startWeb } = await import('../web/server.ts');
      this.server = await startWeb(config, source, log, this.ports());
      if (this.server.lacksPassword) throw new LinesideError('WEB_NO_PASSWORD', { listen: config.listen });
      onFault(null);
    } catch (thrown) {
      const fault = asLinesideError(thrown);
      onFault(fault);
      if (fault.code === 'WEB_NO_PASSWORD') this.lookAgain(config);
    }
  }

  private lookAgain(config: Config['web']): void {
    this.cancel = this.options.clock.after(LOOK_FOR_PASSWORD, () => {
      this.canSignIn()
        .then(async (can) => {
          if (this.stopped) return;
          if (can) await this.start(config);
          else this.lookAgain(config);
        })
        .catch((thrown: unknown) => this.options.log.warn({ why: asLinesideError(thrown).message }, 'the page could not be started'));
    });
  }

  /** A file of users in which there is none lets nobody in. */
  private async canSignIn(): Promise<boolean> {
    return this.isPasswordSet() && (await this.access.hasUsers().catch(() => false));
  }

  private isPasswordSet(): boolean {
    return hasAccessFile(this.options.folder);
  }

  private ports(): PagePorts {
    const {
      clock,
      log,
      folder,
      audit,
      live,
      changes,
      config,
      teaching,
      promises,
      hours,
      shifts,
      containment,
      studies,
      planning,
      routes,
      material,
      tools,
      charts,
    } = this.options;
    const { access, records, whatIf, replay } = this;
    const asking = { whatIf: (id: string) => whatIf.ask(id), replay: (id: string) => replay.ask(id) };
    return {
      clock,
      log,
      folder: join(folder, 'web'),
      access,
      records,
      dataSet: (wish) => this.archives.open(wish),
      promises,
      hours,
      shifts,
      containment,
      studies,
      planning,
      routes,
      material,
      tools,
      charts,
      asking,
      live,
      changes,
      config,
      teaching,
      passwordWasSet: () => this.isPasswordSet(),
      audit,
    };
  }
}
