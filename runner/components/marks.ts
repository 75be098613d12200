/** Labels of what a component of manifests or a job has made; both must be there for the runner to take it for its own. */
export const componentLabel = 'landfall.dev/component';
export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedBy = 'landfall';
/** What the shared watches of them select. */
export const ourObjects = `${managedByLabel}=${managedBy}`;
