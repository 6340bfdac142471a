/** docs/questions.md: what a plant asks of the journal, and the statement that answers it. */
import { MOST_ROWS, QUESTIONS, type Question } from '../../agent/store/question-table.ts';
import { page } from './markdown.ts';

export function questionReference(): string {
  return page(
    '# Questions to the journal',
    `Each question is answered by one command, while the agent runs. Without \`--from\` and \`--to\` it is about the last 24 hours; 31 days at
most are answered at once, in ${MOST_ROWS} rows at most. \`--json\` gives the rows as they are: \`{question, rows, more}\`.`,
    `The journal is one SQLite file, \`journal.db\` in the store's folder, and everybody may read it: below each question stands the statement that
answers it. \`@from\` and \`@to\` are milliseconds since 1970 (UTC), \`@station\` may be null, \`@limit\` is how many rows are wanted. The views
\`quality\`, \`scores\`, \`actions\`, \`pictures\`, \`note_log\`, \`text_log\`, \`alarm_log\` and \`audit_log\` have the same with times as text; \`.schema\` in the sqlite3 shell
shows every column with what it means.`,
    '## For an assistant',
    `With \`language: {assistant: true}\` in the config, \`lineside mcp --config line.yaml\` offers the same questions as tools of the Model Context
Protocol, over standard input and output: the program that the plant trusts with it starts it, and no port is opened. Without that line the
command ends with ASSISTANT_OFF, and nothing of it is loaded. Tools only read; an answer has 200 rows and 64 KB at most, texts are cut at
1000 characters, and who did what (\`audit_log\`) is not among them. Two tools more read the same journal: \`similar_cases\` (\`{text, alarm?, limit?}\`),
what people wrote and machines said before that is most like a text, and \`shift_report\` (\`{shift?}\`: last, now or an id), the [report](shifts.md#the-report)
without pictures, queries and names, 20 rows a table. What the assistant then does with what it was told is up to whoever
connects it: Lineside itself sends nothing anywhere.`,
    `\`\`\`json
{"mcpServers": {"line3": {"command": "lineside", "args": ["mcp", "--config", "/etc/lineside/line.yaml"]}}}
\`\`\``,
    ...Object.entries(QUESTIONS).flatMap(([name, of]) => chapter(name, of)),
  );
}

function chapter(name: string, { asks, says, takes, sql }: Question): readonly string[] {
  const part = takes.includes('part') ? ' --part 004711' : '';
  return [`## ${asks}`, says, `\`\`\`sh\nlineside ask ${name}${part} --config line.yaml\n\`\`\``, `\`\`\`sql\n${sql}\n\`\`\``];
}
