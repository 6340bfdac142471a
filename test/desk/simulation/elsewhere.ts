import { execFileSync } from 'node:child_process';

/** What an expression over the built simulation is in another process, as JSON brings it back. `modules` become names by destructuring. */
export function elsewhere<T>(modules: Readonly<Record<string, string>>, expression: string): T {
  const imports = Object.entries(modules).map(
    ([names, module]) => `const {${names}} = await import('#agent/desk/simulation/${module}.js');`,
  );
  const script = `${imports.join('\n')}\nprocess.stdout.write(JSON.stringify(await (async () => (${expression}))()));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: new URL('../../..', import.meta.url) });
  return JSON.parse(output.toString()) as T;
}
