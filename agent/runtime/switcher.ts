/**
 * Puts a package into a station's place, or beside what judges there, for a running agent: in a process of its own, since packages are proved and
 * files are read that may be as large as somebody likes. Entry point of the child (platform/sandbox.ts).
 */
import type { BroughtChoice } from '../config/model.ts';
import { answerQuestions } from '../platform/sandboxed.ts';
import { installPackage } from '../teaching/package.ts';
import { putShadow, type Switched, switchPackage } from './model-switch.ts';

export type SwitchQuestion = { readonly file: string; readonly place: string } & (
  | { readonly verb: 'promote' | 'rollback' }
  /** `from`: folder of the package; it is taken to `into` first. null: none shall be beside it. */
  | { readonly verb: 'shadow'; readonly shadow: BroughtChoice | null; readonly from: string | null; readonly into: string }
);

answerQuestions(async (question: SwitchQuestion): Promise<Switched> => {
  const { file, place } = question;
  if (question.verb !== 'shadow') return switchPackage(file, place, question.verb);
  const { shadow, from, into } = question;
  if (from !== null) await installPackage(from, into);
  return putShadow(file, place, shadow);
});
