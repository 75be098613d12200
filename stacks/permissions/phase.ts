/** When a statement is used. A statement can serve several phases. */
export const phases = ['preflight', 'install', 'hand-off', 'teardown', 'upgrade', 'run', 'census'] as const;
export type Phase = (typeof phases)[number];
