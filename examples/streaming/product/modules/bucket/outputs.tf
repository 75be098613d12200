output "bucketName" {
  value = aws_s3_bucket.events.bucket
}

output "policyArn" {
  value = aws_iam_policy.access.arn
}
