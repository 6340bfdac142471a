/** Loaded before the agent, in each of its threads: the clock of its box says LINESIDE_TEST_SAYS (ms since 1970) as it starts. Monotonic time is as it is. */
const ours = Date.now.bind(Date);
// Threads have the environment of the thread that starts them.
process.env['LINESIDE_TEST_AHEAD'] ??= String(Number(process.env['LINESIDE_TEST_SAYS']) - ours());
const ahead = Number(process.env['LINESIDE_TEST_AHEAD']);
Date.now = () => ours() + ahead;
