import type { Clock } from '../../../contract/index.ts';
import type { Helm, HelmCall } from '../../../engines/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import type { EffectContext, Effects, EventSink, Mirror } from '../../ports.ts';
import type { NamespaceParts } from '../ensure-namespace.ts';
import type { HelmId } from './release-secrets.ts';

export type HelmParts = NamespaceParts & {
  helm: Helm;
  /** Name of the post-renderer plugin that rewrites images (writePostRendererPlugin); it gets the labels, and the path of the image map. */
  postRenderer: string;
  /** The runner's own. */
  namespace: string;
  kubernetes: Kubernetes;
  clock: Clock;
  effects: Effects;
  mirror: Mirror;
  events: EventSink;
  workDir: string;
  /** Patterns of namespaces that rendered objects may be in; absent: any. */
  allowedNamespaces?: readonly string[] | undefined;
};

/** `secrets`: texts that must not stand in the log or in an error. */
export function helmCall(
  parts: Pick<HelmParts, 'events'>,
  id: HelmId,
  context: EffectContext,
  secrets: readonly string[] = [],
): HelmCall {
  const onLine = ({ text }: { text: string }): void => {
    if (text.trim() !== '') parts.events.log('info', text, { engine: 'helm', release: id.releaseName });
  };
  return { signal: context.signal, onSpawn: context.onSpawn, onLine, secrets };
}
