// The program that runs libhdf5: it is started once for each file, may only read and write what it was handed, and has
// little memory and time, so that nothing a file does to the library reaches the process that wants to know.
//
//     zoo hdf5-child read OFFSET:LENGTH…
//
// The file is the windows given, end to end; the first lies in descriptor 3, the next in 4, and so on. Writes a table to
// standard output, then answers each number of a dataset on standard input with its elements.
//
//     zoo hdf5-child write
//
// Makes the file that standard input describes in descriptor 3, without the elements of its datasets, and writes to
// standard output where each of them belongs.
//
// Numbers are little-endian; a text is its length in four bytes and its bytes.
#pragma once

/// Does what the arguments (of the whole program) say; returns the exit status.
int hdf5_child_main(int argc, char **argv);
