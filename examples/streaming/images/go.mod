// The programs of the example product. Standard library only.
module streaming.example/images

go 1.24
