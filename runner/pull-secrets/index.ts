export { createPullSecrets, pullSecretName, type PullSecrets, type PullSecretsOptions } from './pull-secrets.ts';
