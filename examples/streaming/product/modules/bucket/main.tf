terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "registry.opentofu.org/hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# Credentials come from the runner's own identity, never from here.
provider "aws" {
  region = var.region
}

resource "aws_s3_bucket" "events" {
  bucket = var.name
}

resource "aws_s3_bucket_public_access_block" "events" {
  bucket                  = aws_s3_bucket.events.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_iam_policy" "access" {
  name        = var.policy_name
  description = "Write events to ${var.name}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:GetObject"]
      Resource = "${aws_s3_bucket.events.arn}/*"
    }]
  })
}
