import { describe, expect, it } from 'vitest';
import { parseNoProxy } from './no-proxy.ts';

describe('NO_PROXY', () => {
  // [entries, host, port, reached without the proxy]; as golang.org/x/net/http/httpproxy decides.
  it.each([
    ['', 'example.com', '443', false],
    ['', 'localhost', '443', true],
    ['', '127.8.8.8', '443', true],
    ['', '::1', '443', true],
    ['*', 'example.com', '443', true],
    ['example.com', 'example.com', '443', true],
    ['example.com', 'a.b.example.com', '443', true],
    ['example.com', 'notexample.com', '443', false],
    ['example.com', 'example.com.evil.test', '443', false],
    ['.example.com', 'a.example.com', '443', true],
    ['.example.com', 'example.com', '443', false],
    ['*.example.com', 'a.example.com', '443', true],
    ['*.example.com', 'example.com', '443', false],
    ['EXAMPLE.com', 'A.Example.COM', '443', true],
    ['example.com', 'a.example.com.', '443', true],
    ['example.com:8443', 'example.com', '8443', true],
    ['example.com:8443', 'example.com', '443', false],
    [' other.test , example.com ', 'example.com', '443', true],
    ['other.test,,example.com', 'example.com', '443', true],
    ['10.0.0.0/8', '10.1.2.3', '443', true],
    ['10.0.0.0/8', '11.1.2.3', '443', false],
    ['10.0.0.0/8', 'ten.example.com', '443', false],
    ['10.0.0.0/40', '10.1.2.3', '443', false],
    ['169.254.170.23', '169.254.170.23', '80', true],
    ['169.254.170.23:80', '169.254.170.23', '443', false],
    ['fd00:ec2::/32', 'fd00:ec2::23', '443', true],
    ['fd00:ec2::23', '[fd00:ec2::23]', '443', true],
    ['[fd00:ec2::23]:8443', 'fd00:ec2::23', '8443', true],
    ['[fd00:ec2::23]:8443', 'fd00:ec2::23', '443', false],
    ['.', 'example.com', '443', false],
    [':443', 'example.com', '443', false],
  ])('%j for %s:%s: without the proxy is %s', (entries, hostname, port, direct) => {
    expect(parseNoProxy(entries)({ hostname, port })).toBe(direct);
  });
});
