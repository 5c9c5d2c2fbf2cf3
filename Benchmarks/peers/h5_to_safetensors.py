"""Every dataset of an HDF5 file to safetensors, with h5py and safetensors."""
import sys

import h5py
from safetensors.numpy import save_file

tensors = {}
with h5py.File(sys.argv[1], "r") as file:
    file.visititems(lambda name, item: tensors.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
save_file(tensors, sys.argv[2])
