/** `lineside models list | verify`. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { packagesFolder } from '../config/packages-folder.ts';
import { asLinesideError } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { type PackageCheck, verifyPackage } from '../inference/verify.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';
import { progress } from './progress.ts';

export interface ModelsOptions {
  readonly models?: string;
  readonly json?: boolean;
}

/** A package by its name, or by the path of its folder. */
export const packageFolder = (name: string, folder: string): string => (/[/\\]/.test(name) ? resolve(name) : join(folder, name));

/** What the command line names, else where the config has them, else the packages that come with the agent. */
export const modelsFolder = ({ models }: ModelsOptions, loaded?: LoadedConfig | null): string =>
  models === undefined ? packagesFolder(loaded ?? { config: {}, base: '' }) : resolve(models);

export async function packagesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return (
    entries
      // Packages in the making lie in folders that begin with a dot.
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  );
}

export async function list(options: ModelsOptions): Promise<ExitCode> {
  const folder = modelsFolder(options);
  const found: Manifest[] = [];
  let code: ExitCode = EXIT.ok;
  for (const name of await packagesIn(folder)) {
    try {
      found.push(await readManifest(join(folder, name)));
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

export async function verify(
  packages: readonly string[],
  options: ModelsOptions & { readonly provider: readonly string[] },
): Promise<ExitCode> {
  const folder = modelsFolder(options);
  const names = packages.length > 0 ? packages : await packagesIn(folder);
  const checks: (PackageCheck | { package: string; fault: string; variants: [] })[] = [];
  const bar = progress('verifying', names.length);
  for (const name of names) {
    const check = await verifyPackage(packageFolder(name, folder), { providers: options.provider, threads: 1 }).catch(
      (thrown: unknown) => ({
        package: name,
        fault: asLinesideError(thrown).message,
        variants: [] as [],
      }),
    );
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
