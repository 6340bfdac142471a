/** docs/errors.md: the error table for people. */
import { ERRORS, type ErrorCategory } from '../../agent/errors.ts';
import { page, table } from './markdown.ts';

const MEANING: Readonly<Record<ErrorCategory, string>> = {
  transient: 'goes away by itself or with a retry; the agent goes on',
  config: 'somebody must change a file',
  fatal: 'the agent cannot go on',
};

export function errorReference(): string {
  const rows = Object.entries(ERRORS).map(([code, { category, sentence, next }]) => [`\`${code}\``, category, sentence, next]);
  return page(
    '# Faults and what to do',
    'Every fault that the agent reports has a code, in the log, in alarms, in reasons and in answers to commands. Words in braces are filled in.',
    Object.entries(MEANING)
      .map(([category, meaning]) => `- **${category}**: ${meaning}.`)
      .join('\n'),
    table(['code', 'category', 'what happened', 'what to do'], rows),
  );
}
