/** What every check of the config works with. */
import { type ConfigDocument, type Path, pathText } from '../document.ts';
import { type ConfigFault, MOST_FAULTS } from '../faults.ts';
import type { Config } from '../schema.ts';
import { asWritten } from '../secrets.ts';
import type { CheckExpressions, PackageShelf } from '../targets.ts';

export interface ReferenceInput {
  /** As far as it could be read: broken entries are left out. */
  readonly config: Config;
  readonly document: ConfigDocument;
  /** What a reference stands for. */
  readonly standsFor: (reference: string) => string;
  /** Paths whose value is not what the file says, since that is broken. */
  readonly replaced: ReadonlySet<string>;
  /** Nothing of the file was broken: what is not there is missing, and not misspelled. */
  readonly sound: boolean;
  readonly shelf: PackageShelf | undefined;
  readonly checkExpressions: CheckExpressions | undefined;
}

/** What every check works with: the config, what the file declares, and where to put what it finds. */
export class Check {
  readonly config: Config;
  readonly sound: boolean;
  readonly shelf: PackageShelf | undefined;
  readonly compile: CheckExpressions | undefined;
  readonly faults: ConfigFault[] = [];
  readonly warnings: ConfigFault[] = [];
  /** Faults beyond the first fifty. */
  more = 0;
  /** Every `server.tag` that the file declares. */
  readonly tagNames: readonly string[];
  private readonly document: ConfigDocument;
  private readonly standsFor: ReferenceInput['standsFor'];
  private readonly replaced: ReadonlySet<string>;

  constructor({ config, document, standsFor, replaced, sound, shelf, checkExpressions: compile }: ReferenceInput) {
    this.config = config;
    this.sound = sound;
    this.document = document;
    this.standsFor = standsFor;
    this.tagNames = this.declared(['opcua']).flatMap((server) => this.declared(['opcua', server, 'tags']).map((tag) => `${server}.${tag}`));
    this.replaced = replaced;
    this.shelf = shelf;
    this.compile = compile;
  }

  /** "<path> <text>" at the value of the path, or at its key. */
  fault(path: Path, text: string, part?: 'key' | 'value'): void {
    if (!this.isFull()) this.faults.push(this.at(this.inFile(path), text, part));
  }

  warn(path: Path, text: string, part?: 'key' | 'value'): void {
    if (this.warnings.length < MOST_FAULTS) this.warnings.push(this.at(this.inFile(path), text, part));
  }

  /** At characters start..end of the text at `path`. */
  faultIn(path: Path, start: number, end: number, text: string): void {
    if (this.isFull()) return;
    const written = this.inFile(path);
    this.faults.push(this.document.fault(this.document.placeIn(written, start, end), this.about(written, `: ${text}`)));
  }

  private at(path: Path, text: string, part?: 'key' | 'value'): ConfigFault {
    return this.document.fault(this.document.placeAt(path, part), this.about(path, ` ${text}`));
  }

  /** The path as the file counts: the config's lists have no entries where the file's are broken. */
  private inFile(path: Path): Path {
    const written: (string | number)[] = [];
    for (const step of path) written.push(typeof step === 'number' ? this.indexInFile(written, step) : step);
    return written;
  }

  /** Of the list at `path`: where the entry stands in the file that is at `index` of the config. */
  private indexInFile(path: Path, index: number): number {
    let written = -1;
    for (let left = index; left >= 0; ) if (!this.isReplaced([...path, ++written])) left--;
    return written;
  }

  private about(path: Path, text: string): string {
    return pathText(path) + asWritten(text, this.document.sourceAt(path), this.standsFor);
  }

  private isFull(): boolean {
    if (this.faults.length < MOST_FAULTS) return false;
    this.more++;
    return true;
  }

  /** Names that the file declares at `path`, broken entries too: a tag with a typo in it is no unknown tag. */
  declared(path: Path): readonly string[] {
    return this.document.keysAt(path);
  }

  /** The file says something here that could not be read: nothing follows from the value. */
  isReplaced(path: Path): boolean {
    return this.replaced.has(pathText(path));
  }

  lineOf(path: Path): number {
    return this.document.placeAt(this.inFile(path)).line;
  }
}
