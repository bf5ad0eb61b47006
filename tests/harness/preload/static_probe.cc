// A program that no LD_PRELOAD gets into.
int main() { return 0; }
