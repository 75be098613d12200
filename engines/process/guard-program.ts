/** What the guard runs, in a process of its own, so that a bundle needs no second file. EOF on stdin means that the owner is gone. */
export const guardProgram = `
const groups = new Map();
let rest = '';
let over = false;
let timers = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
const send = (pid, signal) => { try { process.kill(pid, signal); } catch {} };
const ask = (pid) => {
  if (groups.get(pid) === 'asked') return;
  if (groups.has(pid)) groups.set(pid, 'asked');
  send(pid, 'SIGINT');
};
const killAll = () => { for (const pid of groups.keys()) send(-pid, 'SIGKILL'); };
const expect = (askMs, killMs) => {
  timers.forEach(clearTimeout);
  over = false;
  timers = [
    setTimeout(() => { for (const pid of groups.keys()) ask(pid); }, askMs),
    setTimeout(() => { over = true; killAll(); }, killMs),
  ];
};
process.stdin.on('data', (data) => {
  const lines = (rest + data).split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const [number, second] = line.slice(1).split(' ').map(Number);
    if (line[0] === '=') expect(number, second);
    else if (line[0] === '!') ask(number);
    else if (line[0] === '-') groups.delete(number);
    else {
      groups.set(number, 'runs');
      if (over) send(-number, 'SIGKILL');
    }
  }
});
process.stdin.on('end', () => {
  killAll();
  process.exit(0);
});
`;
