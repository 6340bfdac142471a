/**
 * Node 20's V8 has no compiler between the baseline one and the optimizing one (Maglev came with Node 22), and a function waits for the
 * optimizing one until it has run 200,000 bytes of bytecode or more: what runs once a part stays baseline code for a minute. Compiled
 * after 30,000, an agent at sixty parts a second has a tenth less processor to pay after ten seconds. Only once it judges: at the start the
 * compiler would share the cores with the networks.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode between two looks at a function; looks before it is compiled, of which long functions need few more. */
export const COMPILE_EARLY = ['--interrupt-budget=30000', '--ticks-before-optimization=1', '--bytecode-size-allowance-per-tick=600'];

/** V8 12 and later compile early by themselves. */
export const compilesLate = (v8: string): boolean => Number.parseInt(v8, 10) < 12;

/** For all threads of this process, from now on. */
export function compileEarly(): void {
  if (compilesLate(process.versions.v8)) for (const flag of COMPILE_EARLY) setFlagsFromString(flag);
}
