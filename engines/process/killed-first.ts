import { writeFile } from 'node:fs/promises';

/** proc(5): the most there is. Anybody may raise it for their own processes; what they start has it from them. */
const most = '1000';

/** When memory runs out, the kernel ends this child before its owner, which then knows what to do about it. Where there is no such file, nothing is lost. */
export async function killedFirst(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/oom_score_adj`, most).catch(() => undefined);
}
