import { readFile, readlink } from 'node:fs/promises';

/**
 * Who holds the lease, so that a successor can find out whether that very process is gone:
 * `pod/<namespace>/<name>/<uid>/<boot id>` or `process/<machine's boot>/<pid namespace>/<pid>/<start time>/<boot id>`.
 */
export function podIdentity(pod: { namespace: string; name: string; uid: string }, bootId: string): string {
  return ['pod', pod.namespace, pod.name, pod.uid, bootId].join('/');
}

export async function processIdentity(pid: number, bootId: string): Promise<string> {
  const { machine, namespace } = await here();
  return ['process', machine, namespace, String(pid), (await startTime(pid)) ?? '0', bootId].join('/');
}

/**
 * Whether that very process is certainly gone, and its children with it. `own`: this process's identity.
 *
 * Of another pod it cannot be known: its object goes also when somebody deletes it by force, or its node, while the kubelet is dead and the containers
 * run on (Kubernetes, "Force Delete StatefulSet Pods").
 */
export async function holderGone(holder: string, own: string): Promise<boolean> {
  const parts = holder.split('/');
  if (parts[0] === 'pod') {
    const [, namespace, name, uid] = parts;
    // The same pod started its container again: the one before is dead, a kubelet never runs two.
    return own.startsWith(`pod/${namespace}/${name}/${uid}/`);
  }
  if (parts[0] === 'process') {
    const [, machine, namespace, pid = '', started] = parts;
    const mine = await here();
    if (machine !== mine.machine || namespace !== mine.namespace) return false;
    return (await startTime(Number(pid))) !== started;
  }
  return false;
}

async function here(): Promise<{ machine: string; namespace: string }> {
  const [machine, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown'),
    readlink('/proc/self/ns/pid').catch(() => 'unknown'),
  ]);
  return { machine: machine.trim(), namespace: namespace.replaceAll(/[^0-9a-z]/g, '') };
}

/** proc(5), field 22, counted from the last parenthesis; a zombie counts as gone. */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
