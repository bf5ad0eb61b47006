// Histories that cannot be read: what is wrong with each, and where.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace squall::tests {

struct Malformed {
  std::string text;
  std::uint32_t line, column;
  std::string message;  ///< a part of it
};

inline const std::vector<Malformed>& malformed_histories() {
  static const std::string ok = "{:process 0, :type :invoke, :f :read, :value nil}\n";
  static const std::string own = R"({"process":"a","call":"read","status":"ok","invoke_ns":1,)";
  static const std::string log = "INFO  jepsen.util - ";
  static const std::vector<Malformed> all = {
      {"", 1, 1, "this is empty"},
      {"\n\n   \n", 4, 1, "this is empty"},
      {"hello\n", 1, 1, "this is no history"},
      {"\n  \x01\x02", 2, 3, "this is no history"},
      {"[" + ok, 1, 1, "a list of operations without an end"},
      {ok + "{:process 0, :type :ok, :f :read", 2, 1, "a map without an end"},
      {ok + "{:process 0 :type :ok :f}", 2, 25, "a key without a value"},
      {"{:process 0, :type :invoke, :value 3}", 1, 1, "an operation without 'f'"},
      {"{:type :invoke, :f :read}", 1, 1, "an operation without 'process'"},
      {"{:process 0, :f :read}", 1, 1, "an operation without 'type'"},
      {"{:process 0, :type :begin, :f :read}", 1, 20, "this is no type of event"},
      {"{:process nil, :type :invoke, :f :read}", 1, 11, "this is no process"},
      {"{:process [1 2], :type :invoke, :f :read}", 1, 11, "this is no process"},
      {"{:process 0, :type :invoke, :f 7}", 1, 32, "this is no function"},
      {ok + ok, 2, 1, "process 0 begins another operation, and that of line 1 has not returned"},
      {"{:process 0, :type :ok, :f :read, :value 1}", 1, 1, "completes an operation that it never began"},
      {"{:process 0, :type :fail, :f :read, :value 1}", 1, 1, "completes an operation that it never began"},
      {ok + "{:process 0, :type :ok, :f :write, :value 1}", 2, 28, "a read completes as a write"},
      {"{:process 0, :process 1, :type :invoke, :f :read}", 1, 14, "the key 'process' is there twice"},
      {"{:process 0, :type :invoke, :f :write, :value \"never ends}", 1, 47, "a string without an end"},
      {R"({:process 0, :type :invoke, :f :write, :value "a\qb"})", 1, 49, "an escape that means nothing"},
      {"{:process 0, :type :invoke, :f :write, :value 99999999999999999999}", 1, 47, "is too large"},
      {"{:process 0, :type :invoke, :f :write, :value 12x}", 1, 47, "'12x' is no number"},
      {"[" + ok + "]\n]", 3, 1, "something follows the list of operations"},
      {"[" + ok + " 5]", 2, 2, "this is no operation"},
      {"{:process 0, :type :invoke, :f :write, :value " + std::string(70, '[') + "}", 1, 111,
       "nested more than"},
      {"{:process 0, :type :invoke, :f :write, :value )}", 1, 47, "')' where a value should be"},
      {R"({"process":0,"type":"invoke","f":"read")", 1, 1, "a map without an end"},
      {"{\"process\":0,\"type\":\"invoke\",\"f\":\"read\"}\n{\"process\":0 \"type\":\"ok\"}", 2, 14,
       "between the entries of a map"},
      {R"({"process":0,"type":"invoke","f":"read","value":nope})", 1, 49, "'nope' is no value of JSON"},
      {R"({"process":0,"type":"invoke","f":"read","value"})", 1, 48, "a key without a value"},
      {"[{\"process\":0,\"type\":\"invoke\",\"f\":\"read\"}\n "
       "{\"process\":1,\"type\":\"invoke\",\"f\":\"read\"}]",
       2, 2, "two operations with nothing between them"},
      {log + "0 :invoke\n", 1, 30, "a line of the log ends too early"},
      {log + "0\t:invoke\t:read\tnil\n" + log + "1\t:start\t:read\tnil\n", 2, 23, "this is no type of event"},
      {log + "0\t:ok\t:read\tnil\n", 1, 21, "completes an operation that it never began"},
      {log + "0\t:invoke\t:cas\t[1 2\n", 1, 36, "a list without an end"},
      {own + "\"return_ns\":0}", 1, 58, "'return_ns' lies before 'invoke_ns'"},
      {own + "\"return_ns\":2}\n" + own + "\"retrun_ns\":2}", 2, 58, "unknown key 'retrun_ns'"},
      {"{\"format\":\"squall-history\",\"version\":7}", 1, 1, "version 1 was expected"},
  };
  return all;
}

}  // namespace squall::tests
