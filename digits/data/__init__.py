"""What the network learns from: MNIST, and images of the project's own making."""
