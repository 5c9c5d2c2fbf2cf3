"""A state dict to safetensors, with torch.load and safetensors."""
import sys

import torch
from safetensors.torch import save_file

save_file(torch.load(sys.argv[1], weights_only=True), sys.argv[2])
