import { fieldManager } from '../../components/manifests/identity.ts';
import type { KubeObject } from '../../kubernetes/index.ts';
import { applyRemedies } from '../../remedy/index.ts';
import { whoIs } from '../../accounts/index.ts';
import { partsAs } from '../kinds/index.ts';
import type { LastGood } from './memory.ts';
import type { Pass } from '../pass.ts';

/** The name of Helm's own field manager: what is created again stays Helm's. */
const helmFieldManager = 'helm';

/** After everything is kept: what may be done about components that are told unhealthy. Returns when time alone changes something. */
export async function remedyKept(pass: Pass, lastGood: LastGood): Promise<Date | null> {
  const { parts, memory, status, signals } = pass;
  const { kept } = parts;
  const unhealthy = [...kept].filter(([, { health }]) => health.told.state !== 'healthy');
  const patients = unhealthy.map(([name, { refs }]) => ({ name, refs }));
  const { exhausted, until } = await applyRemedies(
    {
      ...parts,
      memory: memory.remedies,
      as: (component) => {
        const found = lastGood.release.components.find(({ name }) => name === component);
        return partsAs(parts, found === undefined ? null : whoIs(found)).kubernetes;
      },
      rulesOf: (component) => kept.get(component)?.rules.remedies ?? null,
      wanted: (component, job) => wantedJob(pass, lastGood, component, job),
    },
    patients,
    signals.stop,
  );
  for (const [name, component] of kept) {
    const message = exhausted.get(name) ?? null;
    if (component.exhausted === message) continue;
    component.exhausted = message;
    status.stalled(name, message === null ? null : { reason: 'RemedyExhausted', message });
  }
  return until;
}

function wantedJob(
  { parts }: Pass,
  lastGood: LastGood,
  name: string,
  job: { namespace: string; name: string },
): { object: KubeObject; fieldManager: string } | null {
  const component = lastGood.release.components.find((each) => each.name === name);
  const isIt = ({ apiVersion, kind, metadata }: KubeObject): boolean =>
    apiVersion === 'batch/v1' && kind === 'Job' && metadata.name === job.name && metadata.namespace === job.namespace;
  if (component?.kind === 'helm') {
    const object = parts.cache.get(`${component.namespace}/${component.releaseName}`)?.objects.find(isIt);
    return object === undefined ? null : { object, fieldManager: helmFieldManager };
  }
  const object = parts.manifests.get(name)?.desired.objects.find((each) => isIt(each.object))?.object;
  return object === undefined ? null : { object, fieldManager };
}
