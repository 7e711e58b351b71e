# Installs the build into a fresh prefix, then configures, builds and runs the consumer project against it.
#   cmake -DBUILD_DIR= -DCONSUMER_DIR= -DWORK_DIR= -DSOURCE_DIR= -DGENERATOR= -DCOMPILER= -DTORCH_DIR= -DOTHER_LAYERS= -P run.cmake

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\nended with status ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/prefix)

# An installed package that names the source or the build tree works on this machine alone.
file(GLOB package_files ${WORK_DIR}/prefix/lib*/cmake/cxrnet/*.cmake ${WORK_DIR}/prefix/lib/*/cmake/cxrnet/*.cmake)
if(NOT package_files)
  message(FATAL_ERROR "installation: expected cmake package files, got none")
endif()
foreach(file IN LISTS package_files)
  file(READ ${file} text)
  string(FIND "${text}" "${SOURCE_DIR}/" position)
  if(NOT position EQUAL -1)
    message(FATAL_ERROR "${file}: expected a relocatable package, got a path into ${SOURCE_DIR}")
  endif()
endforeach()

run(${CMAKE_COMMAND} -S ${CONSUMER_DIR} -B ${WORK_DIR}/build -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix -DTorch_DIR=${TORCH_DIR}
    "-DCXRNET_OTHER_LAYERS=${OTHER_LAYERS}")
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${WORK_DIR}/build/consumer)

# Four lines "label probability"; the consumer's network is random, so only the form is known.
string(REGEX MATCHALL "(healthy|bacterial|viral|covid19) [01]\\.[0-9][0-9][0-9]\n" lines "${output}")
list(LENGTH lines count)
if(NOT count EQUAL 4)
  message(FATAL_ERROR "consumer: expected four labels with probabilities, got:\n${output}")
endif()
