/** Does the config hold together: what one section names, another has; what is written may be written; what is measured fits. */
import { checkCameras } from './checks/cameras.ts';
import { checkExpressions } from './checks/expressions.ts';
import { checkModels } from './checks/models.ts';
import { checkSecurity } from './checks/security.ts';
import { checkStations } from './checks/stations.ts';
import { checkTags } from './checks/tags.ts';
import { type ConfigDocument, type Path, pathText } from './document.ts';
import type { ConfigFault } from './faults.ts';
import type { Config } from './schema.ts';
import type { CheckExpressions, PackageShelf } from './targets.ts';

export interface ReferenceInput {
  /** As far as it could be read: broken entries are left out. */
  readonly config: Config;
  readonly document: ConfigDocument;
  /** Paths whose value is not what the file says, since that is broken. */
  readonly replaced: ReadonlySet<string>;
  readonly shelf: PackageShelf | undefined;
  readonly checkExpressions: CheckExpressions | undefined;
}

/** All faults and warnings between the parts of one config. Pure. */
export function checkReferences(input: ReferenceInput): {
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly ConfigFault[];
} {
  const check = new Check(input);
  for (const part of [checkTags, checkStations, checkModels, checkExpressions, checkSecurity, checkCameras]) part(check);
  return check;
}

/** What every check works with: the config, what the file declares, and where to put what it finds. */
export class Check {
  readonly config: Config;
  readonly shelf: PackageShelf | undefined;
  readonly compile: CheckExpressions | undefined;
  readonly faults: ConfigFault[] = [];
  readonly warnings: ConfigFault[] = [];
  /** Every `server.tag` that the file declares. */
  readonly tagNames: readonly string[];
  private readonly document: ConfigDocument;
  private readonly replaced: ReadonlySet<string>;

  constructor({ config, document, replaced, shelf, checkExpressions: compile }: ReferenceInput) {
    this.config = config;
    this.document = document;
    this.tagNames = this.declared(['opcua']).flatMap((server) => this.declared(['opcua', server, 'tags']).map((tag) => `${server}.${tag}`));
    this.replaced = replaced;
    this.shelf = shelf;
    this.compile = compile;
  }

  /** "<path> <text>" at the value of the path, or at its key. */
  fault(path: Path, text: string, part?: 'key' | 'value'): void {
    this.faults.push(this.document.fault(this.document.placeAt(path, part), `${pathText(path)} ${text}`));
  }

  warn(path: Path, text: string, part?: 'key' | 'value'): void {
    this.warnings.push(this.document.fault(this.document.placeAt(path, part), `${pathText(path)} ${text}`));
  }

  /** At characters start..end of the text at `path`. */
  faultIn(path: Path, start: number, end: number, text: string): void {
    this.faults.push(this.document.fault(this.document.placeIn(path, start, end), `${pathText(path)}: ${text}`));
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
    return this.document.placeAt(path).line;
  }
}
