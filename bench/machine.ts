import { cpus, loadavg, platform, release, totalmem } from 'node:os';

export type MachineFacts = {
  cpu: string;
  cores: number;
  memoryGib: number;
  system: string;
  node: string;
  /** Of the last minute, before the bench began: others' work makes every number larger. */
  load: number;
};

/** What a number cannot be read without; nothing that names the machine. */
export function machineFacts(): MachineFacts {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release().split('.').slice(0, 2).join('.')}`,
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}
