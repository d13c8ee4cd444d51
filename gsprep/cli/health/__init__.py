"""What ``doctor`` looks at: the libraries, the folder of gsprep's own, the tenant."""
