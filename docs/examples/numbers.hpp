// The numbers that a chapter quotes, and the answers of its exercises: each program of docs/examples
// computes them, and the book's checker compares the pages with the file that it writes.
#pragma once

#include <string>
#include <vector>

class Numbers {
 public:
  void add(std::string name, double value);
  void add(std::string name, const std::vector<double>& values);  // "name.0", "name.1", ...

  // A time or a speed: written, but not compared, since it differs from run to run.
  void add_measured(std::string name, double value);

  // An answer: prints what went wrong if it is not true.
  void expect(bool truth, const std::string& what);

  // What main() returns. Without arguments, prints the numbers as JSON. With a file, compares them with
  // those in it, to `tolerance` relative to the larger. 1 if they differ or an answer is wrong.
  int finish(int argc, char** argv, double tolerance = 1e-4) const;

 private:
  struct Entry {
    std::string name;
    double value;
    bool compared;
  };
  std::vector<Entry> entries_;
  bool wrong_ = false;
};
