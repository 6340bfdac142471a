/** `lineside models list | verify`. */
import { loadConfig } from '../config/load.ts';
import { asLinesideError } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { type PackageCheck, verifyPackage } from '../inference/verify.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';
import { progress } from './progress.ts';
import { type ModelsOptions, type Shelf, shelfOf } from './shelf.ts';

interface Options extends ModelsOptions {
  /** Its packages, installed and taught. */
  readonly config?: string;
}

const shelf = async (options: Options): Promise<Shelf> =>
  shelfOf(options, options.config === undefined ? null : await loadConfig(options.config, LENIENT));

export async function list(options: Options): Promise<ExitCode> {
  const packages = await shelf(options);
  const found: Manifest[] = [];
  let code: ExitCode = EXIT.ok;
  for (const name of await packages.names()) {
    try {
      found.push(await readManifest(packages.folderOf(name)));
    } catch (thrown) {
      code = EXIT.model;
      process.stderr.write(`${asLinesideError(thrown).message}\n`);
    }
  }
  if (options.json) outJson(found.map(({ folder: _, ...manifest }) => manifest));
  else out(table(['package', 'version', 'kind', 'variant', 'figures'], found.flatMap(rowsOf)));
  return code;
}

function rowsOf({ name, version, kind, variants }: Manifest): string[][] {
  return Object.entries(variants).map(([variant, { figures }], i) => {
    const text = Object.entries(figures ?? {}).map(([figure, value]) => figureText(figure, value));
    return [...(i === 0 ? [name, version, kind] : ['', '', '']), variant, text.join(', ')];
  });
}

export async function verify(packages: readonly string[], options: Options & { readonly provider: readonly string[] }): Promise<ExitCode> {
  const { names: all, folderOf } = await shelf(options);
  const names = packages.length > 0 ? packages : await all();
  const checks: (PackageCheck | { package: string; fault: string; variants: [] })[] = [];
  const bar = progress('verifying', names.length);
  for (const name of names) {
    const check = await verifyPackage(folderOf(name), { providers: options.provider, threads: 1 }).catch((thrown: unknown) => ({
      package: name,
      fault: asLinesideError(thrown).message,
      variants: [] as [],
    }));
    checks.push(check);
    bar.step(name);
  }
  bar.stop();
  const ok = checks.every((check) => check.variants.length > 0 && check.variants.every((variant) => variant.ok));
  if (options.json) outJson({ ok, packages: checks });
  else printChecks(checks);
  return ok ? EXIT.ok : EXIT.model;
}

function printChecks(checks: readonly (PackageCheck | { package: string; fault: string; variants: [] })[]): void {
  const paint = painter(process.stdout.isTTY);
  const rows = checks.flatMap((check) =>
    check.variants.length === 0
      ? [[check.package, '', paint('red', 'refused'), 'fault' in check ? check.fault : '', '']]
      : check.variants.map(({ variant, ok, fault, golden, runMs }) => [
          check.package,
          variant,
          ok ? paint('green', 'ok') : paint('red', 'refused'),
          fault ?? `off by ${(golden?.difference ?? 0).toPrecision(2)}, allowed ${golden?.tolerance ?? '?'}`,
          runMs === null ? '' : `${runMs.toFixed(2)} ms`,
        ]),
  );
  out(table(['package', 'variant', 'golden', 'difference', 'p50'], rows));
}

/** `auroc 0.86 [0.82, 0.9]` where the manifest gives an interval; whatever else it says as it is. */
function figureText(name: string, figure: unknown): string {
  if (typeof figure !== 'object' || figure === null) return `${name} ${String(figure)}`;
  const { value, low, high } = figure as Readonly<Record<string, unknown>>;
  return low === undefined ? `${name} ${String(value)}` : `${name} ${String(value)} [${String(low)}, ${String(high)}]`;
}
