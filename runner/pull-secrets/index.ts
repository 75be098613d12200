export { createPullSecrets, pullSecretName, type PullSecrets } from './pull-secrets.ts';
