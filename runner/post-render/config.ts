/** The file into which a refusal's reason is written: Helm drops a post-renderer's stderr. Its name is engines/helm's `postRendererReportVariable`. */
export function reportPath(): string | undefined {
  return process.env['LANDFALL_POST_RENDERER_REPORT'];
}

/** Names the socket of the runner that does the work of its children's post-renderers. */
export const postRenderSocketVariable = 'LANDFALL_POST_RENDERER_SOCKET';

export function socketPath(): string | undefined {
  return process.env[postRenderSocketVariable];
}

/** How the runner tells the post-renderer which namespace is its own. */
export const ownNamespaceFlag = '--own-namespace=';
/** And with which Secret nodes pull, where they need one. */
export const pullSecretFlag = '--pull-secret=';
/** Which namespaces the customer's policy allows, as patterns with commas between them. */
export const allowedNamespacesFlag = '--allowed-namespaces=';
/** And what labels every object gets, as JSON. */
export const labelsFlag = '--labels=';
