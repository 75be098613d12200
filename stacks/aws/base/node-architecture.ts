/** Graviton: a `g` after the generation's number, as in m7g.large. For Terraform and for JavaScript alike. */
export const graviton = '^[a-z]+[0-9]+g[a-z]*[.]';

/** As images and nodes call it (`kubernetes.io/arch`). */
export function nodeArchitecture(instanceType: string): 'amd64' | 'arm64' {
  return new RegExp(graviton).test(instanceType) ? 'arm64' : 'amd64';
}
