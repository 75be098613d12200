# New in 1.1.0: an event that is overwritten or deleted by mistake can be brought back.
resource "aws_s3_bucket_versioning" "events" {
  bucket = aws_s3_bucket.events.id
  versioning_configuration {
    status = "Enabled"
  }
}
