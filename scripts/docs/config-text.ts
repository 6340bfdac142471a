/** What the reference page of the config says beside its tables. */

export const INTRODUCTION = `# The config file

One YAML file describes everything that one gateway does. \`lineside check --config line.yaml\` tells everything that is wrong with it,
each with line, column and what is allowed; a running agent takes a good change by itself and ignores a bad one.
[config/line.example.yaml](../config/line.example.yaml) is a whole line, explained. An editor that knows
[config/schema.json](../config/schema.json) completes keys and underlines mistakes.

- A **duration** or a **size** carries its unit: \`200ms\`, \`12s\`, \`5m\`, \`8h\`, \`400d\`; \`64MB\`, \`20GB\` (decimal).
- A **name** (of a server, tag, camera, station, model) has lower-case letters, digits and \`_\`, and begins with a letter.
- A **tag** is written \`server.tag\`.
- \`\${env:NAME}\` and \`\${file:/path}\` stand for a value of the environment or the content of a file, anywhere in a value. That is where
  passwords belong: one in plain text is a warning. Secrets are never logged and are not part of the config's hash.
- In an **address** write the password behind a reference as it is: \`http://admin:\${env:CAM_PASSWORD}@10.1.3.31/snap\` works whatever the
  password holds, since the agent percent-encodes what stands there. A value that was encoded by hand (\`p%2Fw\` for \`p/w\`) is still
  understood, with a warning. A password written out in the address has to be encoded: \`/\` is \`%2F\`, \`#\` \`%23\`, \`?\` \`%3F\`,
  \`@\` \`%40\`, \`:\` \`%3A\`, \`%\` \`%25\`. A value in the query (\`?pwd=\${env:X}\`) is encoded as well; host and path take theirs as it is.
- A relative path means the folder that the config file is in.
- Keys that are not in these tables are faults.`;

export const EXPRESSIONS = `## Expressions

\`when\` of rules and decisions is [CEL](https://cel.dev), the language of Kubernetes policies. It is checked when the file is read: a
model, tag or field that does not exist is a fault with line and column. Every number is a floating-point number: \`1 / 20\` is 0.05.

| name | what |
| --- | --- |
| \`<model>.score\`, \`.threshold\`, \`.margin\` | what the station's model of that name says; margin = score - threshold |
| \`<model>.review_low\`, \`.review_high\` | its review band; both are the threshold where there is none |
| \`<model>.label\` | the label it found |
| \`<model>.boxes\` | how many boxes it found |
| \`<model>.probabilities.<label>\` | its probability of that label; \`['two words']\` works too |
| \`<model>.contributions.<tag>\` | share of a channel in a sequence model's score |
| \`tags.<tag>\`, \`tags.<server>_<tag>\` | the tag's value at the part; the short form where only one server has such a tag |
| \`recipe\`, \`part\` | the recipe's name; the part's id, empty when it has none |
| \`ok_in_a_row\`, \`nok_in_a_row\`, \`review_in_a_row\` | parts in a row up to the last one |
| \`since_changeover\` | parts since the recipe changed |
| \`rate('nok', 20)\` | share of that verdict in the last 1 to 1000 parts; parts not seen yet count as ok |
| \`verdict\` | this part's verdict; in decisions only |

- Operators: \`&& || ! == != < <= > >= in + - * / %\` and \`a ? b : c\`. Texts stand in quotes: \`surface.label in ['crack', 'break']\`.
- Functions: \`size()\`, \`contains()\`, \`startsWith()\`, \`endsWith()\`; \`exists()\` and \`all()\` over a tag that is an array:
  \`tags.zone_temps.exists(t, t > 320)\`. Loops in loops and regular expressions are refused, since their time has no bound.
- In rules, history ends with the part before; in decisions with the part at hand: \`nok_in_a_row >= 3\` is true at the third.
- A tag without value, with bad status, whose server is away, or that is not a number makes a rule fail: the station answers \`on_failure\`
  with the reason (a tag that names the recipe keeps its last word until it can be heard again): a decision that counts nok parts counts those too, where
  \`on_failure\` is nok. It
  does so only where the result depends on it: \`surface.score > 0.9 || tags.die_temp > 320\` is true for a score of 0.95 whatever the
  sensor says. A decision that fails is published as \`notify\` with the reason; the others are taken.
- The first rule that holds gives the verdict; a part that none matches is for review from the lower end of any model's review band on,
  and ok below it; a rule with \`verdict: ok\` says otherwise, and so does a band whose ends are the same, which is none. Without
  \`rules\` a part is nok from the threshold of any model, for review inside the review band of any, and else ok.`;
